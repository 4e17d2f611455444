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
 * @param secrets opens what {@code spec.secrets()} names
 */
public record Workload(
        InstanceId instance,
        long generation,
        Digest digest,
        ServiceSpec spec,
        SortedMap<String, String> environment,
        Map<String, Integer> hostPorts,
        String bind,
        SecretAccess secrets) {
    public Workload {
        environment = Collections.unmodifiableSortedMap(new TreeMap<>(environment));
        hostPorts = Map.copyOf(hostPorts);
    }

    /** One without secrets. */
    public Workload(
            InstanceId instance, long generation, Digest digest, ServiceSpec spec, SortedMap<String, String> environment, Map<String, Integer> hostPorts, String bind) {
        this(instance, generation, digest, spec, environment, hostPorts, bind, SecretAccess.NONE);
    }

    /** The same with another generation. */
    public Workload of(long generation) {
        return new Workload(instance, generation, digest, spec, environment, hostPorts, bind, secrets);
    }

    public Workload withHostPorts(Map<String, Integer> ports) {
        return new Workload(instance, generation, digest, spec, environment, ports, bind, secrets);
    }

    public Workload withSecrets(SecretAccess secrets) {
        return new Workload(instance, generation, digest, spec, environment, hostPorts, bind, secrets);
    }
}
