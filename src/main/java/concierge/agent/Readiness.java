package concierge.agent;

import concierge.executor.Running;
import concierge.model.Health;
import concierge.model.Port;
import concierge.model.ServiceSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How the readiness of a service's instances is found out: its {@code health}, or the variables {@code
 * VIKING_HEALTH} (the first exposed port) and {@code VIKING_HEALTH_<port>} of its environment, with values
 * {@code tcp}, {@code http}, {@code http:/path} and {@code exec:COMMAND}. A written {@code health} wins.
 */
final class Readiness {
    private static final String VARIABLE = "VIKING_HEALTH";

    private Readiness() {}

    /** All that must hold; empty: running is ready. */
    static List<Health> checks(ServiceSpec spec) {
        if (spec.health().kind() != Health.Kind.none) return List.of(spec.health());
        List<Health> checks = new ArrayList<>();
        for (Map.Entry<String, String> variable : spec.environment().entrySet()) {
            String name = variable.getKey();
            if (name.equals(VARIABLE)) parse(variable.getValue(), Optional.empty()).ifPresent(checks::add);
            else if (name.matches(VARIABLE + "_[1-9][0-9]{0,4}"))
                parse(variable.getValue(), Optional.of(Integer.valueOf(name.substring(VARIABLE.length() + 1))))
                        .ifPresent(checks::add);
        }
        return checks;
    }

    /** Empty for a value that is none of the four: then running is ready, as without the variable. */
    private static Optional<Health> parse(String value, Optional<Integer> port) {
        Health plain;
        if (value.equals("tcp")) plain = Health.of(Health.Kind.tcp, "/", List.of());
        else if (value.equals("http")) plain = Health.of(Health.Kind.http, "/", List.of());
        else if (value.startsWith("http:/")) plain = Health.of(Health.Kind.http, value.substring(5), List.of());
        else if (value.startsWith("exec:") && value.length() > 5)
            plain = Health.of(Health.Kind.exec, "/", List.of("/bin/sh", "-c", value.substring(5).strip()));
        else return Optional.empty();
        return Optional.of(new Health(
                plain.kind(), port, plain.path(), plain.command(), plain.interval(), plain.timeout(), plain.retries(), plain.startPeriod()));
    }

    /** The checks as questions to a running instance; one that has no port to ask is left out. */
    static List<ProbeTarget> targets(List<Health> checks, ServiceSpec spec, Running running) {
        List<ProbeTarget> targets = new ArrayList<>();
        for (Health check : checks) {
            switch (check.kind()) {
                case none -> {}
                case exec -> targets.add(new ProbeTarget.Exec(check.command(), check.timeout()));
                case tcp -> port(check, spec).ifPresent(port ->
                        targets.add(new ProbeTarget.Tcp(address(running, port), number(running, port), check.timeout())));
                case http -> port(check, spec).ifPresent(port -> targets.add(
                        new ProbeTarget.Http(address(running, port), number(running, port), check.path(), check.timeout())));
            }
        }
        return targets;
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
