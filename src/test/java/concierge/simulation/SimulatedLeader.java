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
import org.jspecify.annotations.Nullable;

/** A server that leads: the real control core and view over the store, elected by a leased key; it comes and goes. */
final class SimulatedLeader {
    private static final Duration LEASE = Duration.ofSeconds(6);

    private final World world;
    private final Scheduler scheduler;
    private @Nullable ControlCore core;
    private @Nullable ViewBuilder builder;
    private Store.@Nullable Watch watch;
    private Store.@Nullable Lease lease;
    private int incarnation;
    private int elections;
    private long wake;

    SimulatedLeader(World world) {
        this.world = world;
        this.scheduler = world.scheduler;
    }

    boolean isUp() {
        return core != null;
    }

    void start() {
        if (core != null) return;
        incarnation++;
        core = new ControlCore();
        follow(incarnation);
        elect(incarnation);
    }

    void crash() {
        core = null;
        incarnation++;
        lease = null;
        if (watch != null) watch.close();
        watch = null;
        builder = null;
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
        if (world.isStoreGone()) {
            scheduler.within(200, 500, () -> follow(by));
            return;
        }
        ViewBuilder loaded = ViewBuilder.load(world.store);
        builder = loaded;
        watch = world.store.watch("/", loaded.revision(), new Store.Watcher() {
            @Override
            public void changed(Batch batch) {
                if (by != incarnation || builder != loaded) return;
                loaded.apply(batch);
                tell(by, new ControlEvent.ViewChanged(world.mutant.view(loaded.view())));
            }

            @Override
            public void compacted(long oldestKept) {
                builder = null;
                follow(by);
            }
        });
        tell(by, new ControlEvent.ViewChanged(world.mutant.view(loaded.view())));
    }

    private void elect(int by) {
        if (by != incarnation) return;
        scheduler.within(1_000, 2_000, () -> elect(by));
        if (world.isStoreGone()) return;
        if (lease != null) {
            if (lease.keepAlive()) return;
            lease = null;
            tell(by, new ControlEvent.Deposed());
        }
        if (world.store.find(Keys.LEADER).isPresent()) return;
        Store.Lease granted = world.store.grant(LEASE);
        CommitResult result = world.store.commit(Transaction.id("elect " + incarnation + " " + elections++)
                .absent(Keys.LEADER)
                .put(Keys.LEADER, concierge.store.Value.of("server"), granted.id())
                .build());
        if (!(result instanceof CommitResult.Committed(long revision))) return;
        lease = granted;
        tell(by, new ControlEvent.Elected(revision));
    }

    private void tell(int to, ControlEvent event) {
        ControlCore current = core;
        if (to != incarnation || current == null) return;
        world.trace("leader", event instanceof ControlEvent.ViewChanged(var view) ? "view " + view.revision() : event);
        for (ControlEffect effect : current.step(event, scheduler.instant())) {
            world.trace("leader", effect);
            run(incarnation, effect);
        }
    }

    private void run(int by, ControlEffect effect) {
        switch (effect) {
            case ControlEffect.Commit(Transaction transaction) -> world.commit(
                    world.mutant.leaderCommit(transaction), () -> by == incarnation,
                    result -> tell(by, new ControlEvent.Answered(transaction.id(), result)));
            case ControlEffect.Conclude conclude -> scheduler.within(1, 30, () -> {
                if (world.isStoreGone()) tell(by, new ControlEvent.Answered(conclude.id(), new CommitResult.Unknown(conclude.id(), "away")));
                else tell(by, Commits.run(world.store, world.mutant.leaderConclusion(conclude)));
            });
            case ControlEffect.Recall recall -> scheduler.within(1, 30, () -> {
                if (world.isStoreGone()) tell(by, new ControlEvent.Recalled(recall.id(), java.util.OptionalLong.empty(), false));
                else tell(by, Commits.run(world.store, recall));
            });
            case ControlEffect.GivenUp _ -> {} // for those who look ahead: nobody does here
            case ControlEffect.WakeAt(Instant at) -> {
                long mine = ++wake;
                scheduler.at(at, () -> {
                    if (wake == mine) tell(by, new ControlEvent.Woke());
                });
            }
        }
    }
}
