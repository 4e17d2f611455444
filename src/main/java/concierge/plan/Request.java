package concierge.plan;

import concierge.model.ExecutorKind;
import concierge.model.Filter;
import concierge.model.Port;
import concierge.model.Resources;
import concierge.model.ServiceSpec;
import java.util.List;

/**
 * What a service asks of a host.
 *
 * @param kind what only the host's record decides; requests of one kind share an index
 * @param ports fixed host ports: {@code 8080/tcp}
 */
record Request(Kind kind, Resources resources, List<String> ports, boolean uniqueHost) {
    /**
     * @param executors any of these, the first ones preferred
     * @param needed tags that the host must have
     * @param preferred tags that count in its favour
     */
    record Kind(List<ExecutorKind> executors, List<String> needed, List<String> preferred) {}

    static Request of(ServiceSpec spec, List<ExecutorKind> executors) {
        return new Request(
                new Kind(executors, tags(spec, false), tags(spec, true)),
                spec.resources(),
                hostPorts(spec),
                spec.uniqueHost());
    }

    /** The fixed host ports as the view names them. */
    static List<String> hostPorts(ServiceSpec spec) {
        if (spec.ports().isEmpty()) return List.of();
        return spec.ports().stream().filter(port -> port.host().isPresent()).map(Request::hostPort).toList();
    }

    private static String hostPort(Port port) {
        return port.host().orElseThrow() + "/" + port.protocol();
    }

    private static List<String> tags(ServiceSpec spec, boolean flexible) {
        if (spec.filters().isEmpty()) return List.of();
        return spec.filters().stream()
                .filter(filter -> filter.flexible() == flexible)
                .map(Filter::tag)
                .sorted()
                .distinct()
                .toList();
    }
}
