package concierge.control;

import concierge.model.View;
import concierge.runtime.CoreLoop;
import concierge.runtime.SteadyClock;
import concierge.state.Election;
import concierge.state.LiveView;
import concierge.store.CommitResult;
import concierge.store.Store;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives a {@link ControlCore}: campaigns for the leadership and, while it has it, plans and commits.
 * Commits run on virtual threads; the core on one thread of its own. Nothing is kept here: what counts is
 * durable when the store has committed it.
 */
public final class Leader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Leader.class);

    private final Store store;
    private final LiveView views;
    private final SteadyClock clock;
    private final CoreLoop<ControlEvent, ControlEffect> loop;
    private final Election election;
    private final ScheduledExecutorService alarms =
            Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().name("leader alarms").daemon(true).factory());
    private final List<Election.Listener> others = new ArrayList<>();
    private final AtomicBoolean leading = new AtomicBoolean();
    private volatile Set<String> givenUp = Set.of();
    private @Nullable AutoCloseable subscription;

    /**
     * @param views of the same store; stays the caller's
     * @param name of the candidate, for people
     * @param lease how long its leadership outlives its last sign of life
     * @param lostAfter as {@link ControlCore} has it
     */
    public Leader(Store store, LiveView views, String name, Duration lease, Duration lostAfter, InstantSource clock) {
        this.store = store;
        this.views = views;
        this.clock = new SteadyClock(clock);
        this.loop = new CoreLoop<>("leader", new ControlCore(lostAfter), this.clock, this::run);
        this.election = new Election(store, name, lease, new Election.Listener() {
            @Override
            public void elected(long fence) {
                LOG.info("elected candidate={} fence={}", name, fence);
                leading.set(true);
                loop.tell(new ControlEvent.Elected(fence));
                for (Election.Listener other : others) other.elected(fence);
            }

            @Override
            public void deposed(String reason) {
                LOG.info("deposed candidate={} reason={}", name, reason);
                leading.set(false);
                loop.tell(new ControlEvent.Deposed());
                for (Election.Listener other : others) other.deposed(reason);
            }
        });
    }

    /** What else the leading process does; told before {@link #start}, and then under this one's fence. */
    public void leads(Election.Listener other) {
        others.add(other);
    }

    /** Begins to campaign. */
    public void start() {
        loop.start();
        subscription = views.subscribe(view -> loop.tell(new ControlEvent.ViewChanged(view)));
        election.start();
    }

    /** Whether this one leads now, as far as it knows. */
    public boolean isLeading() {
        return leading.get();
    }

    /** A view as this leader would plan from: with the hosts that it has given up. Of another leader's judgement nothing is known. */
    public View judged(View view) {
        return HostWatch.mark(view, givenUp);
    }

    private void run(ControlEffect effect) {
        switch (effect) {
            case ControlEffect.Write write -> Thread.ofVirtual().name(write.id()).start(() -> commit(write));
            case ControlEffect.Recall recall ->
                Thread.ofVirtual().name(recall.id()).start(() -> loop.tell(Commits.run(store, recall)));
            case ControlEffect.Calm calm -> Thread.ofVirtual().name("calm").start(() ->
                    LOG.warn("host flaps host={} why=\"{}\" result={}", calm.host(), calm.why(), Commits.run(store, calm)));
            case ControlEffect.GivenUp(Set<String> hosts) -> givenUp = hosts;
            case ControlEffect.WakeAt(var at) -> {
                long nanos = Math.max(0, Duration.between(clock.instant(), at).toNanos());
                alarms.schedule(() -> loop.tell(new ControlEvent.Woke()), nanos, TimeUnit.NANOSECONDS);
            }
        }
    }

    private void commit(ControlEffect.Write write) {
        ControlEvent.Answered answer = Commits.run(store, write);
        switch (answer.result()) {
            case CommitResult.Committed _ -> {
                // What was decided is told by the state itself.
            }
            case CommitResult.Conflict(String key) -> LOG.info("plan conflicted id={} key={}", write.id(), key);
            case CommitResult.Unknown(_, String reason) -> LOG.warn("commit in doubt id={} reason={}", write.id(), reason);
        }
        loop.tell(answer);
    }

    /** Gives the leadership up and stops planning; what runs goes on. */
    @Override
    public void close() {
        election.close();
        endSubscription();
        loop.close();
        alarms.shutdownNow();
    }

    private void endSubscription() {
        try {
            if (subscription != null) subscription.close();
        } catch (Exception e) {
            throw new IllegalStateException("a view subscription did not close", e);
        }
    }
}
