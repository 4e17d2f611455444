package concierge.state;

import concierge.model.Loss;
import concierge.store.Batch;
import concierge.store.CommitResult;
import concierge.store.Entry;
import concierge.store.Limits;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import concierge.store.Value;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Campaigns for {@code /leader}: one of all candidates of a store holds the key, under a lease that it
 * keeps alive. A platform thread does everything, the listener's calls included. Whoever was elected is
 * told that it is deposed before another one can be elected, as long as its own clock runs right; what
 * makes late writes harmless even then is the fence.
 */
public final class Election implements AutoCloseable {
    /** A dead leader is replaced within this time; one that is deposed needlessly costs a moment without plans. */
    public static final Duration TIME_TO_LIVE = Loss.LEASE;

    /** How long a candidate waits before it looks again, should it not hear that the key is gone. */
    private static final Duration LOOK = Duration.ofSeconds(2);

    private static final Logger LOG = LoggerFactory.getLogger(Election.class);

    private final Store store;
    private final String name;
    private final Duration timeToLive;
    private final Listener listener;
    private final Thread thread;
    /** Signals that something happened to the key, or that the campaign is over. */
    private final Semaphore news = new Semaphore(0);
    /** Why it was interrupted last. */
    private String told = "";
    private volatile boolean closed;

    /** Called on the election's thread, one call at a time, elected and deposed in turns. */
    public interface Listener {
        /** @param fence revision at which the leader's key was created: every write compares it */
        void elected(long fence);

        void deposed(String reason);
    }

    /** @param name of the candidate, for people */
    public Election(Store store, String name, Listener listener) {
        this(store, name, TIME_TO_LIVE, listener);
    }

    public Election(Store store, String name, Duration timeToLive, Listener listener) {
        this.store = store;
        this.name = name;
        this.timeToLive = timeToLive.compareTo(Limits.SHORTEST_LEASE) < 0 ? Limits.SHORTEST_LEASE : timeToLive;
        this.listener = listener;
        this.thread = Thread.ofPlatform().name("election").daemon(true).unstarted(this::campaign);
    }

    public void start() {
        thread.start();
    }

    /** Who leads now; empty: nobody. */
    public static Optional<String> leader(Store store) {
        return store.find(Keys.LEADER).map(entry -> entry.value().text());
    }

    private void campaign() {
        while (!closed) {
            try {
                runOnce();
            } catch (StoreException e) {
                String reason = String.valueOf(e.getMessage());
                if (!reason.equals(told)) LOG.warn("election interrupted candidate={} reason={}", name, reason);
                told = reason;
                pause(LOOK);
            }
        }
    }

    private void runOnce() {
        Store.Lease lease = store.grant(timeToLive);
        try {
            OptionalLong fence = tryKey(lease);
            if (fence.isPresent()) lead(lease, fence.getAsLong());
            else awaitVacancy(lease);
        } finally {
            revoke(lease);
        }
    }

    private OptionalLong tryKey(Store.Lease lease) {
        String id = "election-" + UUID.randomUUID();
        CommitResult result = store.commit(Transaction.id(id).absent(Keys.LEADER).put(Keys.LEADER, Value.of(name), lease.id()).build());
        return switch (result) {
            case CommitResult.Committed(long revision) -> OptionalLong.of(revision);
            case CommitResult.Conflict _ -> OptionalLong.empty();
            case CommitResult.Unknown _ -> store.committed(id);
        };
    }

    private void lead(Store.Lease lease, long fence) {
        listener.elected(fence);
        String reason = "the campaign ended";
        try (Store.Watch _ = store.watch(Keys.LEADER, fence, new Bell())) {
            reason = hold(lease, fence);
        } catch (StoreException e) {
            reason = e.getMessage() == null ? "the store failed" : e.getMessage();
        } finally {
            listener.deposed(reason);
        }
    }

    /** Keeps the lease until it is lost; the reason why it is. */
    private String hold(Store.Lease lease, long fence) {
        long kept = System.nanoTime();
        boolean look = false;
        while (!closed) {
            look |= pause(timeToLive.dividedBy(3));
            if (closed) break;
            long asked = System.nanoTime();
            try {
                if (!lease.keepAlive()) return "the lease expired";
                kept = asked;
                // Only then, since in an outage a read takes longer than the lease may last.
                if (look && store.find(Keys.LEADER).map(Entry::created).orElse(0L) != fence) return "the key was removed";
                look = false;
            } catch (StoreException e) {
                // The lease may go on for its whole time after the last answer; be gone well before.
                Duration silent = Duration.ofNanos(System.nanoTime() - kept);
                if (silent.compareTo(timeToLive.multipliedBy(2).dividedBy(3)) >= 0) return "the store does not answer: " + e.getMessage();
            }
        }
        return "the campaign ended";
    }

    private void awaitVacancy(Store.Lease lease) {
        try (Store.Watch _ = store.watch(Keys.LEADER, store.revision(), new Bell())) {
            while (!closed && store.find(Keys.LEADER).isPresent()) {
                pause(LOOK.compareTo(timeToLive) < 0 ? LOOK : timeToLive.dividedBy(2));
                if (!lease.keepAlive()) return;
            }
        }
    }

    /** Whether something happened to the key meanwhile. */
    private boolean pause(Duration time) {
        try {
            boolean rung = !closed && news.tryAcquire(time.toMillis(), TimeUnit.MILLISECONDS);
            if (rung) news.drainPermits();
            return rung;
        } catch (InterruptedException _) {
            closed = true;
            return false;
        }
    }

    private void revoke(Store.Lease lease) {
        try {
            lease.revoke();
        } catch (StoreException e) {
            LOG.debug("lease left to expire candidate={} reason={}", name, e.getMessage());
        }
    }

    /** Gives the leadership up, if it has it, and returns when the listener knows. */
    @Override
    public void close() {
        closed = true;
        news.release();
        if (!thread.isAlive() || Thread.currentThread() == thread) return;
        try {
            thread.join(timeToLive);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** Wakes the campaign whenever the key changes. */
    private final class Bell implements Store.Watcher {
        @Override
        public void changed(Batch batch) {
            news.release();
        }

        @Override
        public void compacted(long oldestKept) {
            news.release();
        }

        @Override
        public void closed() {
            news.release();
        }
    }
}
