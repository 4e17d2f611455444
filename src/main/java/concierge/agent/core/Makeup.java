package concierge.agent.core;

import concierge.model.ClockSkew;
import concierge.model.HostNode;
import concierge.model.Resources;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a host is made of, as its record tells. */
public record Makeup(List<String> addresses, Set<String> tags, Resources capacity, List<HostNode> nodes, Optional<ClockSkew> skew) {
    public Makeup with(Optional<ClockSkew> skew) {
        return new Makeup(addresses, tags, capacity, nodes, skew);
    }
}
