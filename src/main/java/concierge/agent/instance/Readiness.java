package concierge.agent.instance;

import concierge.executor.Published;
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

    /**
     * What people should know of an instance although it is ready; empty: nothing.
     *
     * @param bind where its ports would be published now
     * @param host the address at which other machines are told to reach them
     */
    public static String remark(HealthVariables.Checks checks, Running running, String bind, String host) {
        List<String> remarks = new ArrayList<>(checks.unknown().stream()
                .map(unknown -> unknown + " (expected: " + HealthVariables.EXPECTED + "); that check is left out").toList());
        if (!running.remark().isEmpty()) remarks.add(running.remark());
        else hidden(running, bind, host).ifPresent(remarks::add);
        return String.join("; ", remarks);
    }

    /** One that was made while its host's ports were the host's own affair runs on, and others are sent where it does not listen. */
    private static Optional<String> hidden(Running running, String bind, String host) {
        if (Published.isLoopback(host)) return Optional.empty();
        return running.ports().values().stream().map(Published::parse).filter(Published::isLoopback).findFirst().map(found ->
                "published on " + found.text() + ", where other machines do not reach it (bind is " + bind + " now; restart publishes it anew)");
    }

    /**
     * The checks as questions to a running instance; one that has no port to ask, or none that can be reached, is left out.
     *
     * @param host the host's address, where what is published on all of its addresses is asked
     */
    public static List<ProbeTarget> targets(List<Health> checks, ServiceSpec spec, Running running, String host) {
        List<ProbeTarget> targets = new ArrayList<>();
        for (Health check : checks) {
            switch (check.kind()) {
                case none -> {}
                case exec -> targets.add(new ProbeTarget.Exec(check.command(), check.timeout()));
                case tcp -> place(check, spec, running, host).ifPresent(place ->
                        targets.add(new ProbeTarget.Tcp(place.address(), place.port(), check.timeout())));
                case http -> place(check, spec, running, host).ifPresent(place ->
                        targets.add(new ProbeTarget.Http(place.address(), place.port(), check.path(), check.timeout())));
            }
        }
        return targets;
    }

    /** One with an address of its own is asked there; one that shares the host's, at its published port. */
    private static Optional<Published> place(Health check, ServiceSpec spec, Running running, String host) {
        String address = running.address();
        return port(check, spec).flatMap(port -> {
            Optional<Published> published = Optional.ofNullable(running.ports().get(port + "/tcp")).map(Published::parse);
            if (address.equals(Running.AT_ITS_PORTS)) return published.map(found -> found.on(host));
            Published direct = new Published(address, port);
            boolean shared = direct.isLoopback() || published.filter(found -> found.address().equals(address)).isPresent();
            return Optional.of(shared ? published.map(found -> found.on(address)).orElse(direct) : direct);
        });
    }

    private static Optional<Integer> port(Health check, ServiceSpec spec) {
        return check.port().or(() -> spec.ports().stream()
                .filter(port -> port.protocol() == Port.Protocol.tcp)
                .map(Port::container)
                .findFirst());
    }
}
