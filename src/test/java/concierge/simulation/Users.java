package concierge.simulation;

import concierge.model.Health;
import concierge.model.Intent;
import concierge.model.Port;
import concierge.model.Resources;
import concierge.model.Restart;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.StackRecord;
import concierge.model.Volume;
import concierge.state.Keys;
import concierge.state.Codec;
import concierge.state.Writes;
import concierge.store.Entry;
import concierge.store.Transaction;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What people do meanwhile: deploy, change, scale, stop, start, restart, remove. */
final class Users {
    /** Marks what ends by itself with exit code 0. */
    static final String JOB = "job";

    private final World world;
    private final Scheduler scheduler;
    private int version;

    Users(World world) {
        this.world = world;
        this.scheduler = world.scheduler;
    }

    void begin() {
        Transaction.Builder stack = Transaction.id("stack");
        Writes.stack(stack, new StackRecord("shop", "", List.of(), "default", new TreeMap<>()));
        world.store.commit(stack.build());
        for (String service : List.of("web", "api", "db")) deploy(service);
        scheduler.within(1_000, 6_000, this::next);
    }

    private void next() {
        if (!world.isChaos()) return;
        if (!world.isStoreGone()) act(List.of("web", "api", "db", "job").get(scheduler.number(4)));
        scheduler.within(500, 8_000, this::next);
    }

    private void act(String service) {
        Optional<Entry> entry = world.store.find(Keys.proc(id(service)));
        int action = scheduler.number(8);
        world.trace("user", action + " on " + service);
        if (entry.isEmpty() || action <= 1) {
            deploy(service);
            return;
        }
        Intent intent = Codec.intent(entry.get().value());
        switch (action) {
            case 2, 3 -> change(entry.get(), intent.withOverride(scheduler.number(4)));
            case 4 -> change(entry.get(), intent.withStopped(true));
            case 5 -> change(entry.get(), intent.withStopped(false));
            case 6 -> change(entry.get(), intent.nextEpoch());
            case 7 -> world.store.commit(Transaction.id("user " + version++).delete(entry.get().key()).build());
            default -> throw new AssertionError(action);
        }
    }

    private void change(Entry entry, Intent intent) {
        Transaction.Builder to = Transaction.id("user " + version++);
        Writes.intent(to, entry, intent);
        world.store.commit(to.build());
    }

    private void deploy(String service) {
        ServiceSpec spec = spec(service);
        Optional<Entry> before = world.store.find(Keys.proc(id(service)));
        int scale = service.equals("job") ? 1 : 1 + scheduler.number(3);
        Transaction.Builder to = Transaction.id("user " + version++);
        if (world.store.find(Keys.spec(Codec.digest(spec))).isEmpty()) Writes.spec(to, spec);
        if (before.isPresent()) {
            Writes.intent(to, before.get(), Codec.intent(before.get().value()).withSpec(Codec.digest(spec), scale, ""));
        } else {
            Intent plain = Intent.of(Codec.digest(spec), scale, "");
            boolean job = service.equals("job");
            Writes.intent(to, id(service), job
                    ? new Intent(plain.spec(), scale, -1, false, 0, "", new RunKind.ToCompletion(0, Optional.empty()))
                    : plain);
        }
        world.store.commit(to.build());
    }

    private ServiceSpec spec(String service) {
        var plain = ServiceSpec.of("busybox:stable").with()
                .environment(Map.of("VERSION", Integer.toString(version)))
                .ports(List.of(Port.tcp(80)))
                .resources(new Resources(200 + 100L * scheduler.number(5), 100L << 20));
        return switch (service) {
            case "web" -> plain.health(Health.of(Health.Kind.tcp, "/", List.of())).build();
            case "db" -> plain.pinned(true).volumes(List.of(new Volume(Optional.empty(), "/data"))).build();
            case "job" -> plain.ports(List.of()).labels(Map.of(JOB, "")).build();
            default -> plain.restart(scheduler.chance(0.3)
                            ? new Restart(Restart.Policy.onFailure, Restart.ALWAYS.initial(), Restart.ALWAYS.longest())
                            : Restart.ALWAYS)
                    .build();
        };
    }

    static ServiceId id(String service) {
        return new ServiceId("shop", "default", service);
    }
}
