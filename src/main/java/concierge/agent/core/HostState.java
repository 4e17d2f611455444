package concierge.agent.core;

import concierge.agent.instance.Assigned;
import concierge.model.InstanceId;
import concierge.model.Status;
import concierge.store.Value;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * All that the store says of one host, read at one revision.
 *
 * @param installation the store's installation id; empty when it has none
 * @param newer the statuses, as they stand there, that hold fields which only a newer program knows
 * @param counters failed runs
 * @param endpoints the endpoint keys with this host's addresses, by the instance they name, with their values
 */
public record HostState(
        String installation,
        long revision,
        List<Assigned> assignments,
        Map<InstanceId, Status> statuses,
        Map<InstanceId, Value> newer,
        Map<InstanceId, String> containers,
        Map<InstanceId, Integer> counters,
        Map<InstanceId, SortedMap<String, String>> endpoints) {
    public HostState {
        assignments = List.copyOf(assignments);
        statuses = Map.copyOf(statuses);
        newer = Map.copyOf(newer);
        containers = Map.copyOf(containers);
        counters = Map.copyOf(counters);
        endpoints = Map.copyOf(endpoints);
    }
}
