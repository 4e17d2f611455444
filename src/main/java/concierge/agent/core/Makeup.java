package concierge.agent.core;

import concierge.model.HostNode;
import concierge.model.Resources;
import java.util.List;
import java.util.Set;

/** What a host is made of, as its record tells. */
public record Makeup(List<String> addresses, Set<String> tags, Resources capacity, List<HostNode> nodes) {}
