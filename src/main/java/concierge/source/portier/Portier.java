package concierge.source.portier;

import concierge.runtime.CoreLoop;
import concierge.runtime.SteadyClock;
import concierge.state.Election;
import concierge.state.Keys;
import concierge.state.LiveView;
import concierge.store.Batch;
import concierge.store.CommitResult;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives a {@link PortierCore}: calls the queue and commits, each on a virtual thread of its own; the core has one thread.
 * It works while this process leads. A claim is durable once it is committed; one that is not is found out about by the
 * next heartbeat, and claimed afresh.
 */
public final class Portier implements AutoCloseable, Election.Listener {
    /** Between two tries to commit while the store does not answer. */
    private static final Duration AGAIN = Duration.ofMillis(500);

    /** All tasks stop at once; a service's grace is seconds, and a minute is what supervisors mostly wait. */
    private static final Duration STOP_LIMIT = Duration.ofSeconds(60);

    /** From when all has stopped: a call that is not answered is given up after 5 s; one more try, and no more. */
    private static final Duration RELEASE_LIMIT = PortierClient.LIMIT.multipliedBy(2);

    private static final Duration LOOK = Duration.ofMillis(100);

    private static final Logger LOG = LoggerFactory.getLogger(Portier.class);

    private final Store store;
    private final LiveView live;
    private final PortierSettings settings;
    private final PortierClient client;
    private final SteadyClock clock;
    private final BooleanSupplier drains;
    private final CoreLoop<PortierEvent, PortierEffect> loop;
    private final ScheduledExecutorService alarms =
            Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().name("portier alarms").daemon(true).factory());
    private final CountDownLatch drained = new CountDownLatch(1);
    /** Empty: the core has not said yet. */
    private volatile Optional<Departure> departure = Optional.empty();
    private final AtomicReference<PortierEffect.@Nullable Tell> untold = new AtomicReference<>();
    private final Object telling = new Object();
    private final AtomicBoolean draining = new AtomicBoolean();
    private volatile boolean closing;
    private volatile boolean closed;
    private volatile long fence;
    private @Nullable AutoCloseable subscription;
    private Store.@Nullable Watch following;

    /**
     * @param agent who calls, for the queue: {@code concierge/1.2 (<the installation's id>)}
     * @param drains asked when it is closed: whether everything is stopped and given back first
     * @throws IllegalArgumentException when the endpoint is none
     */
    public Portier(Store store, LiveView live, TaskTypes types, PortierSettings settings, String agent, InstantSource clock, BooleanSupplier drains) {
        this.store = store;
        this.live = live;
        this.settings = settings;
        this.client = new PortierClient(settings.endpoint(), agent);
        this.clock = new SteadyClock(clock);
        this.drains = drains;
        this.loop = new CoreLoop<>("portier", new PortierCore(types, settings), this.clock, this::run);
    }

    public void start() {
        loop.start();
        subscription = live.subscribe(view -> loop.tell(new PortierEvent.ViewChanged(view)));
        LOG.info("claiming tasks endpoint={} identity={}", settings.endpoint(), settings.identity());
    }

    @Override
    public void elected(long created) {
        fence = created;
        Thread.ofVirtual().name("portier claims").start(() -> take(created));
    }

    @Override
    public void deposed(String reason) {
        fence = 0;
        loop.tell(new PortierEvent.Deposed());
    }

    /** Goes on with the claims of whoever led before. */
    private void take(long created) {
        while (fence == created && !closed) {
            try {
                Claims.ensureStack(store, created, "portier-stack-" + UUID.randomUUID());
                follow();
                look();
                long revision = store.revision();
                loop.tell(new PortierEvent.Elected(created, revision, Claims.all(store, revision)));
                return;
            } catch (StoreException e) {
                LOG.warn("claims not read, trying again reason={}", e.getMessage());
                if (!pause()) return;
            }
        }
    }

    private void run(PortierEffect effect) {
        switch (effect) {
            case PortierEffect.Beat(long number) -> start("heartbeat", () -> {
                lookIfPossible();
                loop.tell(new PortierEvent.Beaten(number, client.heartbeat(settings.identity())));
            });
            case PortierEffect.ClaimTask(long operation, String task) ->
                start("claim", () -> loop.tell(new PortierEvent.Claimed(operation, client.claim(settings.identity(), task))));
            case PortierEffect.ReleaseTask release -> start("release", () -> release(release));
            case PortierEffect.Write write -> start("write", () -> commit(write));
            case PortierEffect.WakeAt(var at) -> {
                if (!closed) alarms.schedule(() -> loop.tell(new PortierEvent.Woke()), Math.max(0, Duration.between(clock.instant(), at).toNanos()), TimeUnit.NANOSECONDS);
            }
            case PortierEffect.Say(boolean warn, String text) -> {
                if (warn) LOG.warn(text);
                else LOG.info(text);
            }
            case PortierEffect.Tell tell -> {
                untold.set(tell);
                start("tell", this::tell);
            }
            case PortierEffect.Draining(Departure how) -> {
                boolean news = departure.filter(before -> before.text().equals(how.text())).isEmpty();
                departure = Optional.of(how);
                if (closing && news) LOG.info("waiting for {}", how.text());
            }
            case PortierEffect.Drained _ -> {
                LOG.info("drained, no task is claimed any more");
                if (closing) drained.countDown();
            }
        }
    }

    private static void start(String what, Runnable work) {
        Thread.ofVirtual().name("portier " + what).start(work);
    }

    /** One that was deposed and has not heard of it would give away what its successor claimed. */
    private void release(PortierEffect.ReleaseTask wish) {
        while (!closed) {
            try {
                if (store.find(Keys.LEADER).filter(entry -> entry.created() == wish.fence()).isEmpty()) return;
                loop.tell(new PortierEvent.Released(wish.operation(), client.release(wish.identity(), wish.task())));
                return;
            } catch (StoreException e) {
                LOG.debug("task not released yet, it is not known who leads task={} reason={}", wish.task(), e.getMessage());
            }
            if (!pause()) return;
        }
    }

    private void lookIfPossible() {
        try {
            follow();
            look();
        } catch (StoreException e) {
            LOG.debug("not known whether to drain reason={}", e.getMessage());
        }
    }

    /** Hears at once that people want it drained, or no longer; where that ends, each beat looks, and begins it anew. */
    private synchronized void follow() {
        if (closed || following != null) return;
        following = store.watch(Keys.DRAINED, store.revision(), new Store.Watcher() {
            @Override
            public void changed(Batch batch) {
                start("look", Portier.this::lookIfPossible);
            }

            @Override
            public void compacted(long oldestKept) {
                closed();
            }

            @Override
            public void closed() {
                synchronized (Portier.this) {
                    following = null;
                }
            }
        });
    }

    private synchronized void unfollow() {
        if (following != null) following.close();
    }

    /** Whether people want it drained. */
    private synchronized void look() {
        boolean wanted = store.find(Keys.DRAINED).isPresent();
        if (!closing && draining.getAndSet(wanted) != wanted) loop.tell(new PortierEvent.Drain(wanted));
    }

    /** The newest alone, and in order. */
    private void tell() {
        synchronized (telling) {
            PortierEffect.Tell tell = untold.getAndSet(null);
            if (tell == null || closed) return;
            try {
                store.commit(tell.standing().transaction("portier-standing-" + UUID.randomUUID(), tell.fence()));
            } catch (StoreException e) {
                // Told anew with the next change; tasks do not depend on it.
                LOG.debug("standing not written reason={}", e.getMessage());
            }
        }
    }

    private void commit(PortierEffect.Write write) {
        Transaction transaction = Claims.transaction("portier-" + UUID.randomUUID(), write);
        while (!closed) {
            try {
                switch (store.commit(transaction)) {
                    case CommitResult.Committed(long revision) -> {
                        loop.tell(new PortierEvent.Written(write.operation(), revision));
                        return;
                    }
                    case CommitResult.Conflict _ -> {
                        LOG.info("claim not written, another one leads task={}", write.claim().task());
                        return;
                    }
                    case CommitResult.Unknown(String id, _) -> {
                        OptionalLong revision = store.committed(id);
                        if (revision.isPresent()) {
                            loop.tell(new PortierEvent.Written(write.operation(), revision.getAsLong()));
                            return;
                        }
                    }
                }
            } catch (StoreException e) {
                LOG.debug("claim not written yet task={} reason={}", write.claim().task(), e.getMessage());
            }
            if (!pause()) return;
        }
    }

    private static boolean pause() {
        try {
            Thread.sleep(AGAIN);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Leaves tasks running, unless it is to drain. */
    @Override
    public void close() {
        try {
            if (drains.getAsBoolean()) drain();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        closed = true;
        endSubscription();
        unfollow();
        loop.close();
        alarms.shutdownNow();
        client.close();
    }

    private void endSubscription() {
        try {
            if (subscription != null) subscription.close();
        } catch (Exception e) {
            throw new IllegalStateException("a view subscription did not close", e);
        }
    }

    /** What would be left of tasks if it ended now, for people; empty: nothing. */
    public Optional<String> left() {
        return closing && drained.getCount() > 0 ? Optional.of(waits()) : Optional.empty();
    }

    private void drain() throws InterruptedException {
        LOG.info("draining: tasks are stopped, and given back; a second signal ends it at once");
        closing = true;
        // Also where people have it drained already: what is told is when nothing is left.
        loop.tell(new PortierEvent.Drain(true));
        long end = System.nanoTime() + STOP_LIMIT.toNanos();
        boolean stopped = false;
        while (System.nanoTime() < end) {
            if (drained.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) return;
            if (stopped || departure.filter(it -> it.stopping().isEmpty()).isEmpty()) continue;
            stopped = true;
            end = Math.min(end, System.nanoTime() + RELEASE_LIMIT.toNanos());
        }
        LOG.warn("no longer waiting for {}; the queue gives to others what it did not take back, once this identity has been silent for a while", waits());
    }

    private String waits() {
        return departure.map(Departure::text).orElse("what is under way");
    }
}
