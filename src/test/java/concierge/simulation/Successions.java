package concierge.simulation;

import concierge.model.Deployment;
import concierge.model.Health;
import concierge.model.Intent;
import concierge.model.Port;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.StackRecord;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.state.Writes;
import concierge.store.Entry;
import concierge.store.Limits;
import concierge.store.Transaction;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** A stack whose one service holds a fixed host port, deployed under one tag after the other. */
final class Successions {
    static final String STACK = "gate";

    private final World world;
    private final Scheduler scheduler;
    private int deployments;

    Successions(World world) {
        this.world = world;
        this.scheduler = world.scheduler;
    }

    void begin() {
        deploy();
        scheduler.within(5_000, 25_000, this::next);
    }

    private void next() {
        if (!world.isChaos()) return;
        if (!world.isStoreGone()) deploy();
        scheduler.within(5_000, 25_000, this::next);
    }

    private void deploy() {
        String tag = "v" + scheduler.number(3);
        ServiceSpec spec = ServiceSpec.of("busybox:stable").with()
                .environment(Map.of("VERSION", Integer.toString(deployments)))
                .ports(List.of(new Port(80, Port.Protocol.tcp, Optional.of(8443))))
                .health(Health.of(Health.Kind.tcp, "/", List.of()))
                .build();
        String id = String.format("%010d", ++deployments);
        Transaction.Builder to = Transaction.id("gate " + id);
        Writes.spec(to, spec);
        ServiceId service = new ServiceId(STACK, tag, "door");
        TreeSet<String> replaces = new TreeSet<>();
        for (Entry entry : list(Keys.PROC + STACK + "/")) {
            ServiceId known = ServiceId.parse(entry.key().substring(Keys.PROC.length()));
            if (!known.tag().equals(tag)) replaces.add(known.tag());
        }
        int scale = 1 + scheduler.number(world.hosts.size());
        Optional<Entry> before = world.store.find(Keys.proc(service));
        if (before.isPresent()) Writes.intent(to, before.get(), Codec.intent(before.get().value()).withSpec(Codec.digest(spec), scale, id));
        else Writes.intent(to, service, Intent.of(Codec.digest(spec), scale, id));
        for (Entry entry : list(Keys.DEPLOYMENTS + STACK + "/")) {
            Deployment earlier = Codec.deployment(entry.value());
            if (earlier.outcome() == Deployment.Outcome.active) Writes.conclude(to, earlier.ended(Deployment.Outcome.superseded, ""), entry);
        }
        Writes.stack(to, new StackRecord(STACK, "", List.of(), Users.serving(world, STACK, replaces, tag), new TreeMap<>()));
        long started = scheduler.instant().getEpochSecond();
        Writes.deployment(to, new Deployment(STACK, id, tag, List.copyOf(replaces), Deployment.Outcome.active, "", started));
        world.trace("user", "deploys " + service + " over " + replaces);
        world.store.commit(to.build());
    }

    private List<Entry> list(String prefix) {
        return world.store.list(prefix, "", Limits.PAGE, 0).entries();
    }
}
