package concierge.agent.instance;

import concierge.executor.Running;
import concierge.model.Health;
import concierge.model.HealthVariables;
import concierge.model.Port;
import concierge.model.ServiceSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How the readiness of a service's instances is found out: its {@code health}, or the {@link HealthVariables} of its
 * environment, or of its image's. A written {@code health} wins.
 */
public final class Readiness {
    private Readiness() {}

    /** All that must hold; none: running is ready. */
    public static HealthVariables.Checks checks(ServiceSpec spec, Running running) {
        if (spec.health().kind() != Health.Kind.none) return new HealthVariables.Checks(List.of(spec.health()), List.of());
        Map<String, String> variables = new TreeMap<>(running.health());
        variables.putAll(HealthVariables.among(spec.environment()));
        return HealthVariables.checks(variables);
    }

    /** What people should know of an instance although it is ready; empty: nothing. */
    public static String remark(HealthVariables.Checks checks, Running running) {
        List<String> remarks = new ArrayList<>(checks.unknown().stream()
                .map(unknown -> unknown + " (expected: " + HealthVariables.EXPECTED + "); that check is left out").toList());
        if (!running.remark().isEmpty()) remarks.add(running.remark());
        return String.join("; ", remarks);
    }

    /** The checks as questions to a running instance; one that has no port to ask, or none that can be reached, is left out. */
    public static List<ProbeTarget> targets(List<Health> checks, ServiceSpec spec, Running running) {
        List<ProbeTarget> targets = new ArrayList<>();
        for (Health check : checks) {
            switch (check.kind()) {
                case none -> {}
                case exec -> targets.add(new ProbeTarget.Exec(check.command(), check.timeout()));
                case tcp -> port(check, spec, running).ifPresent(port ->
                        targets.add(new ProbeTarget.Tcp(address(running, port), number(running, port), check.timeout())));
                case http -> port(check, spec, running).ifPresent(port -> targets.add(
                        new ProbeTarget.Http(address(running, port), number(running, port), check.path(), check.timeout())));
            }
        }
        return targets;
    }

    private static Optional<Integer> port(Health check, ServiceSpec spec, Running running) {
        return port(check, spec).filter(port -> !running.address().isEmpty() || running.ports().containsKey(port + "/tcp"));
    }

    private static Optional<Integer> port(Health check, ServiceSpec spec) {
        return check.port().or(() -> spec.ports().stream()
                .filter(port -> port.protocol() == Port.Protocol.tcp)
                .map(Port::container)
                .findFirst());
    }

    /** One with an address of its own is asked there; one that shares the host's, on its published port. */
    private static int number(Running running, int containerPort) {
        return published(running, containerPort).map(Published::port).orElse(containerPort);
    }

    private static String address(Running running, int containerPort) {
        return published(running, containerPort).map(Published::address).orElse(running.address());
    }

    private static Optional<Published> published(Running running, int containerPort) {
        if (!running.address().isEmpty() && !isLoopback(running.address())) return Optional.empty();
        return Optional.ofNullable(running.ports().get(containerPort + "/tcp")).map(Published::parse).map(found ->
                found.isAnyAddress() ? new Published("127.0.0.1", found.port()) : found);
    }

    private static boolean isLoopback(String address) {
        return address.startsWith("127.") || address.equals("::1") || address.equals("localhost");
    }
}
