package concierge.simulation;

import concierge.control.Commits;
import concierge.control.ControlCore;
import concierge.control.ControlEffect;
import concierge.control.ControlEvent;
import concierge.state.Keys;
import concierge.state.ViewBuilder;
import concierge.store.Batch;
import concierge.store.CommitResult;
import concierge.store.Store;
import concierge.store.Transaction;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A server that leads: the real control core and view over the store, elected by a leased key; it comes and goes. */
final class SimulatedLeader {
    final String name;
    final Uplink uplink;
    private final World world;
    private final Scheduler scheduler;
    private final LocalClock clock;
    private @Nullable ControlCore core;
    private @Nullable ViewBuilder builder;
    private Store.@Nullable Watch watch;
    private Store.@Nullable Lease lease;
    private int incarnation;
    private int elections;
    private long wake;
    /** When the answer was asked for that renewed the lease last, by its own clock. */
    private Instant kept = Instant.MIN;

    private boolean leading;
    private Instant frozenUntil = Instant.MIN;

    SimulatedLeader(String name, World world) {
        this.name = name;
        this.world = world;
        this.scheduler = world.scheduler;
        this.uplink = new Uplink(world);
        this.clock = LocalClock.wrong(scheduler);
    }

    boolean isUp() {
        return core != null;
    }

    void start() {
        if (core != null) return;
        incarnation++;
        core = new ControlCore(world.lostAfter);
        follow(incarnation);
        elect(incarnation);
    }

    void crash() {
        core = null;
        incarnation++;
        lease = null;
        leading = false;
        frozenUntil = Instant.MIN;
        if (watch != null) watch.close();
        watch = null;
        builder = null;
    }

    /** It does nothing until then, and knows nothing of it. What waits keeps its order. */
    void freeze(Instant until) {
        if (until.isAfter(frozenUntil)) frozenUntil = until;
    }

    /** Whatever the network did is over. */
    void heal() {
        uplink.heal();
        if (uplink.wasTorn()) disconnect();
    }

    /** The store was taken away: what was known of it is given up. */
    void disconnect() {
        if (core == null) return;
        if (watch != null) watch.close();
        watch = null;
        builder = null;
        follow(incarnation);
    }

    private void follow(int by) {
        if (by != incarnation || builder != null) return;
        uplink.ask(() -> ViewBuilder.load(world.store), answer -> {
            if (by != incarnation || builder != null) return;
            if (answer.isEmpty()) scheduler.within(200, 500, () -> follow(by));
            else follow(by, answer.get());
        });
    }

    private void follow(int by, ViewBuilder loaded) {
        builder = loaded;
        watch = world.store.watch("/", loaded.revision(), new Store.Watcher() {
            @Override
            public void changed(Batch batch) {
                uplink.tell(() -> {
                    if (by != incarnation || builder != loaded) return;
                    loaded.apply(batch);
                    // The others' cores only keep the newest.
                    if (leading) tell(by, new ControlEvent.ViewChanged(world.mutant.view(loaded.view())));
                });
            }

            @Override
            public void compacted(long oldestKept) {
                builder = null;
                follow(by);
            }
        });
        tell(by, new ControlEvent.ViewChanged(world.mutant.view(loaded.view())));
    }

    /** As the real election does it: the lease is given up before it can end for others. */
    private void elect(int by) {
        if (by != incarnation) return;
        if (scheduler.instant().isBefore(frozenUntil)) {
            scheduler.at(frozenUntil, () -> elect(by));
            return;
        }
        clock.after(World.LEASE.dividedBy(3), () -> elect(by));
        Store.Lease mine = lease;
        Instant asked = clock.instant();
        if (mine == null) {
            campaign(by);
            return;
        }
        uplink.ask(mine::keepAlive, answer -> {
            if (by != incarnation || lease != mine) return;
            boolean silent = Duration.between(kept, clock.instant()).compareTo(World.LEASE.multipliedBy(2).dividedBy(3)) >= 0;
            if (answer.isPresent() && answer.get()) kept = asked;
            else if (answer.isPresent() || silent) depose(by);
        });
    }

    private void depose(int by) {
        lease = null;
        leading = false;
        tell(by, new ControlEvent.Deposed());
    }

    private record Won(Store.Lease lease, long revision) {}

    private void campaign(int by) {
        Instant asked = clock.instant();
        uplink.ask(() -> tryKey(by), answer -> {
            if (by != incarnation || lease != null) return;
            answer.flatMap(won -> won).ifPresent(won -> {
                lease = won.lease;
                kept = asked;
                leading = true;
                ViewBuilder known = builder;
                if (known != null) tell(by, new ControlEvent.ViewChanged(world.mutant.view(known.view())));
                tell(by, new ControlEvent.Elected(won.revision));
            });
        });
    }

    private Optional<Won> tryKey(int by) {
        if (world.store.find(Keys.LEADER).isPresent()) return Optional.empty();
        Store.Lease granted = world.store.grant(World.LEASE);
        CommitResult result = world.store.commit(Transaction.id("elect " + name + " " + by + " " + elections++)
                .absent(Keys.LEADER)
                .put(Keys.LEADER, concierge.store.Value.of(name), granted.id())
                .build());
        return result instanceof CommitResult.Committed(long revision) ? Optional.of(new Won(granted, revision)) : Optional.empty();
    }

    boolean isLeading() {
        return leading;
    }

    private void tell(int to, ControlEvent event) {
        ControlCore current = core;
        if (to != incarnation || current == null) return;
        if (scheduler.instant().isBefore(frozenUntil)) {
            scheduler.at(frozenUntil, () -> tell(to, event));
            return;
        }
        world.trace(name, event instanceof ControlEvent.ViewChanged(var view) ? "view " + view.revision() : event);
        for (ControlEffect effect : current.step(event, clock.instant())) {
            world.trace(name, effect);
            run(incarnation, effect);
        }
    }

    private void run(int by, ControlEffect effect) {
        switch (effect) {
            case ControlEffect.Commit(Transaction transaction) -> uplink.commit(
                    world.mutant.leaderCommit(transaction), true, () -> by == incarnation,
                    result -> tell(by, new ControlEvent.Answered(transaction.id(), result)));
            case ControlEffect.Conclude conclude -> uplink.ask(
                    () -> Commits.run(world.store, world.mutant.leaderConclusion(conclude)),
                    answer -> tell(by, answer.orElseGet(() -> new ControlEvent.Answered(conclude.id(), new CommitResult.Unknown(conclude.id(), "no answer")))));
            case ControlEffect.Recall recall -> uplink.ask(
                    () -> Commits.run(world.store, recall),
                    answer -> tell(by, answer.orElseGet(() -> new ControlEvent.Recalled(recall.id(), OptionalLong.empty(), false))));
            case ControlEffect.Calm calm -> uplink.ask(() -> Commits.run(world.store, calm), _ -> {});
            case ControlEffect.GivenUp _ -> {} // for those who look ahead: nobody does here
            case ControlEffect.WakeAt(Instant at) -> {
                long mine = ++wake;
                clock.at(at, () -> {
                    if (wake == mine) tell(by, new ControlEvent.Woke());
                });
            }
        }
    }
}
