package concierge.simulation;

import concierge.model.Health;
import concierge.model.InstanceView;
import concierge.model.Intent;
import concierge.model.Move;
import concierge.model.Resources;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.StackRecord;
import concierge.model.View;
import concierge.plan.Rebalance;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.state.ViewBuilder;
import concierge.state.Writes;
import concierge.store.Entry;
import concierge.store.Limits;
import concierge.store.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** A stack that may stand anywhere; now and then somebody has it, and all else, rebalanced, asks for what makes no sense, or drains a host. */
final class Rebalances {
    static final String STACK = "crowd";
    static final ServiceId PAGE = new ServiceId(STACK, "default", "page");

    private final World world;
    private final Scheduler scheduler;
    private int commits;

    Rebalances(World world) {
        this.world = world;
        this.scheduler = world.scheduler;
    }

    void begin() {
        ServiceSpec spec = ServiceSpec.of("busybox:stable").with()
                .health(Health.of(Health.Kind.tcp, "/", List.of()))
                .resources(new Resources(50L * scheduler.number(3), 1 << 20))
                .build();
        Transaction.Builder to = transaction();
        Writes.spec(to, spec);
        Writes.stack(to, new StackRecord(STACK, "", List.of(), "default", new TreeMap<>()));
        Writes.intent(to, PAGE, Intent.of(Codec.digest(spec), 2 + scheduler.number(4), ""));
        world.store.commit(to.build());
        scheduler.within(3_000, 15_000, this::next);
    }

    private Transaction.Builder transaction() {
        return Transaction.id("crowd " + commits++);
    }

    private void next() {
        if (!world.isChaos()) {
            for (SimulatedHost host : world.hosts) drained(host.name, false);
            return;
        }
        if (!world.isStoreGone()) act();
        scheduler.within(2_000, 12_000, this::next);
    }

    private void act() {
        int action = scheduler.number(10);
        switch (action) {
            case 0, 1, 2, 3 -> {
                if (list(Keys.MOVES).stream().noneMatch(Rebalances::isActive)) ask(planned());
            }
            case 4, 5 -> ask(strange());
            case 6 -> cancel();
            case 7 -> scale();
            case 8, 9 -> drained(world.hosts.get(scheduler.number(world.hosts.size())).name, scheduler.chance(0.6));
            default -> throw new AssertionError(action);
        }
    }

    private View view() {
        return ViewBuilder.load(world.store).view();
    }

    private List<Entry> list(String prefix) {
        return world.store.list(prefix, "", Limits.PAGE, 0).entries();
    }

    static boolean isActive(Entry entry) {
        return Codec.move(entry.value()).outcome() == Move.Outcome.active;
    }

    private List<Move> planned() {
        List<Move> moves = new ArrayList<>();
        int atOnce = 1 + scheduler.number(2);
        for (Rebalance.Move move : Rebalance.of(view(), _ -> true, Optional.empty()).moves()) {
            moves.add(new Move(move.instance(), move.generation(), move.from(), move.to(), moves.size(), atOnce, Move.Outcome.active, ""));
        }
        return moves;
    }

    /** Of any instance to any host: the leader is to know what may be. */
    private List<Move> strange() {
        List<InstanceView> all = new ArrayList<>();
        View view = view();
        for (ServiceId id : view.services().sortedKeys()) all.addAll(view.service(id).orElseThrow().instances().values());
        List<Move> moves = new ArrayList<>();
        for (int i = 0; i < 2 && !all.isEmpty(); i++) {
            InstanceView instance = all.get(scheduler.number(all.size()));
            String to = world.hosts.get(scheduler.number(world.hosts.size())).name;
            if (!to.equals(instance.host())) {
                moves.add(new Move(instance.id(), instance.generation(), instance.host(), to, i, 2, Move.Outcome.active, ""));
            }
        }
        return moves;
    }

    /** What was asked for before and has ended goes; a commit a move, as if others came in between. */
    private void ask(List<Move> moves) {
        Transaction.Builder old = transaction();
        for (Entry entry : list(Keys.MOVES)) if (!isActive(entry)) old.delete(entry.key());
        world.store.commit(old.build());
        for (Move move : moves) {
            Transaction.Builder to = transaction();
            Writes.move(to, move);
            world.trace("user", "asks for " + move + ": " + world.store.commit(to.build()));
        }
    }

    private void drained(String host, boolean drained) {
        Transaction.Builder to = transaction();
        if (drained) to.put(Keys.cordon(host), "drain");
        else to.delete(Keys.cordon(host));
        world.store.commit(to.build());
        world.trace("user", (drained ? "drains " : "uncordons ") + host);
    }

    private void cancel() {
        for (Entry entry : list(Keys.MOVES)) {
            if (!isActive(entry)) continue;
            Transaction.Builder to = transaction();
            Writes.endMove(to, Codec.move(entry.value()).ended(Move.Outcome.dropped, "taken back"), entry.modified());
            world.store.commit(to.build());
        }
    }

    private void scale() {
        Entry entry = world.store.find(Keys.proc(PAGE)).orElseThrow();
        Transaction.Builder to = transaction();
        Writes.intent(to, entry, Codec.intent(entry.value()).withOverride(1 + scheduler.number(5)));
        world.store.commit(to.build());
    }
}
