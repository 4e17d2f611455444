package concierge.simulation;

import concierge.model.Health;
import concierge.model.Link;
import concierge.model.Port;
import concierge.model.Resources;
import concierge.model.Restart;
import concierge.model.RunKind;
import concierge.model.ServiceSpec;
import concierge.model.SpecBuilder;
import concierge.model.Update;
import concierge.model.Volume;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the stack is made of: {@code web} links to {@code api}, which links to {@code db}; and a {@code job}. */
final class Catalog {
    static final List<String> SERVICES = List.of("web", "api", "db", "solo");

    /** Marks what ends by itself with exit code 0, unless it is {@link #ENDLESS}. */
    static final String JOB = "job";

    /** The value of {@link #JOB} on what only its deadline ends. */
    static final String ENDLESS = "endless";

    /** Whether all tags share one database. */
    final boolean shared;

    private final Scheduler scheduler;

    Catalog(Scheduler scheduler) {
        this.scheduler = scheduler;
        this.shared = scheduler.chance(0.4);
    }

    ServiceSpec spec(String service, int version) {
        SpecBuilder plain = ServiceSpec.of("busybox:stable").with()
                .environment(Map.of("VERSION", Integer.toString(version)))
                .ports(List.of(Port.tcp(80)))
                .update(update())
                .resources(new Resources(200 + 100L * scheduler.number(4), 100L << 20));
        return switch (service) {
            case "web" -> plain.health(Health.of(Health.Kind.tcp, "/", List.of())).links(link("api")).build();
            case "api" -> plain.ports(List.of(hostPort())).links(link("db")).restart(restart()).build();
            case "db" -> plain.pinned(true).shared(shared).volumes(List.of(new Volume(Optional.empty(), "/data"))).build();
            case "solo" -> plain.stopsWhenLost(true).build();
            default -> throw new AssertionError(service);
        };
    }

    ServiceSpec job(int version, boolean endless) {
        return ServiceSpec.of("busybox:stable").with()
                .environment(Map.of("VERSION", Integer.toString(version)))
                .resources(new Resources(200, 100L << 20))
                .labels(Map.of(JOB, endless ? ENDLESS : ""))
                .build();
    }

    /** What never ends by itself always has a deadline. */
    RunKind runKind(boolean endless) {
        return new RunKind.ToCompletion(0, endless || scheduler.chance(0.3)
                ? Optional.of(Duration.ofMillis(1_000 + scheduler.number(15_000)))
                : Optional.empty());
    }

    private static List<Link> link(String service) {
        return List.of(new Link(Optional.empty(), service));
    }

    /** One of two, so that a changed version often has another one. */
    private Port hostPort() {
        return new Port(80, Port.Protocol.tcp, Optional.of(8080 + scheduler.number(2)));
    }

    private Update update() {
        return new Update(
                Update.Order.stopFirst,
                1 + scheduler.number(2),
                Duration.ofMillis(scheduler.number(500)),
                Duration.ofMillis(scheduler.chance(0.5) ? scheduler.number(4_000) : 0),
                Update.OnFailure.pause);
    }

    private Restart restart() {
        return scheduler.chance(0.2)
                ? new Restart(Restart.Policy.onFailure, Restart.ALWAYS.initial(), Restart.ALWAYS.longest())
                : Restart.ALWAYS;
    }
}
