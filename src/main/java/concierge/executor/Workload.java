package concierge.executor;

import concierge.model.Digest;
import concierge.model.InstanceId;
import concierge.model.ServiceSpec;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One instance as an executor gets it.
 *
 * @param environment all variables: the specification's, the links', the {@code VIKING_…} ones
 * @param hostPorts the host port each exposed port ({@code 80/tcp}) had before, to be taken again if it is
 *     free; a port that the specification fixes is taken or refused ({@code portTaken})
 * @param bind the host address that ports are published on
 */
public record Workload(
        InstanceId instance,
        long generation,
        Digest digest,
        ServiceSpec spec,
        SortedMap<String, String> environment,
        Map<String, Integer> hostPorts,
        String bind) {
    public Workload {
        environment = Collections.unmodifiableSortedMap(new TreeMap<>(environment));
        hostPorts = Map.copyOf(hostPorts);
    }
}
