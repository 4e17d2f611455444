package concierge.store;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store that can say how it does: what people are shown then cannot stand in the store itself. It learns from every
 * call, and a virtual thread looks where nobody else does: whether the store answers, whether it has something against
 * changes, and, from a commit that failed on, whether an empty one succeeds. Owns the store behind it. Thread-safe.
 */
public final class CandidStore implements Store {
    /** Who leads asks more often than this. Where nobody does, an outage is noticed so much later. */
    private static final Duration LOOK = Duration.ofSeconds(3);

    /** In trouble: people see within a moment that it is over; an empty commit is one sync of the disk. */
    private static final Duration TRY = Duration.ofSeconds(1);

    /** A store that lost a member, or is started again, answers within this: such calls are waited for. */
    static final Duration HICCUP = Duration.ofSeconds(4);

    private static final Logger LOG = LoggerFactory.getLogger(CandidStore.class);

    private final Store store;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final Object monitor = new Object();
    /** Why the last commit failed. */
    private @Nullable String refusal;
    private Instant answered;
    /** When the first call was begun that found nobody, if none was answered since */
    private @Nullable Long silent;
    private String silence = "";
    private boolean told;
    private boolean closed;

    public CandidStore(Store store, InstantSource clock) {
        this(store, clock, System::nanoTime);
    }

    /** @param nanos what silences are measured by: nobody sets that */
    public CandidStore(Store store, InstantSource clock, LongSupplier nanos) {
        this.store = store;
        this.clock = clock;
        this.nanos = nanos;
        this.answered = clock.instant();
        Thread.ofVirtual().name("store condition").start(this::watch);
    }

    public Condition condition() {
        synchronized (monitor) {
            if (isAway()) return new Condition.Away(answered, silence);
            return refusal == null ? new Condition.Well() : new Condition.Closed(refusal);
        }
    }

    private boolean isAway() {
        return silent != null && nanos.getAsLong() - silent >= HICCUP.toNanos();
    }

    /** The same store for who would rather hear at once that it is away than wait for it. Closing it does nothing. */
    public Store impatient() {
        return new GatedStore(() -> {
            if (condition() instanceof Condition.Away(_, String reason)) throw new StoreException.Away(reason);
            return this;
        });
    }

    // ---- what calls tell

    private <T> T asked(Supplier<T> call) {
        long begun = nanos.getAsLong();
        try {
            T result = call.get();
            answers();
            return result;
        } catch (StoreException.Away e) {
            isSilent(begun, String.valueOf(e.getMessage()));
            throw e;
        }
    }

    private void answers() {
        synchronized (monitor) {
            if (told) LOG.info("store answers again silence={}", Duration.between(answered, clock.instant()));
            answered = clock.instant();
            silent = null;
            told = false;
        }
    }

    private void isSilent(long begun, String reason) {
        synchronized (monitor) {
            if (closed) return;
            if (silent == null) silent = begun;
            silence = reason;
            if (!told && isAway()) {
                LOG.warn("store does not answer since={} reason={}", answered, reason);
                told = true;
            }
            monitor.notifyAll();
        }
    }

    private void takesChanges() {
        synchronized (monitor) {
            refusal = null;
        }
    }

    private void refuses(String reason) {
        synchronized (monitor) {
            if (closed) return;
            refusal = reason;
            monitor.notifyAll();
        }
    }

    @Override
    public CommitResult commit(Transaction transaction) {
        try {
            CommitResult result = asked(() -> store.commit(transaction));
            switch (result) {
                case CommitResult.Committed _, CommitResult.Conflict _ -> takesChanges();
                case CommitResult.Unknown(_, String reason) -> refuses(reason);
            }
            return result;
        } catch (StoreException.Away e) {
            throw e;
        } catch (StoreException e) {
            refuses(String.valueOf(e.getMessage()));
            throw e;
        }
    }

    // ---- where nobody calls

    private void watch() {
        while (rested()) {
            try {
                look();
            } catch (StoreException.Away e) {
                LOG.debug("store looked at in vain reason={}", e.getMessage());
            } catch (StoreException e) {
                // It answers, and lets us do nothing: a password that was changed.
                refuses(String.valueOf(e.getMessage()));
            }
        }
    }

    private boolean rested() {
        synchronized (monitor) {
            try {
                if (!closed && refusal == null && silent == null) monitor.wait(LOOK.toMillis());
                if (!closed && (refusal != null || silent != null)) monitor.wait(TRY.toMillis());
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return false;
            }
            return !closed;
        }
    }

    private void look() {
        Optional<String> hindrance = hindrance();
        hindrance.ifPresent(this::refuses);
        boolean refuses;
        synchronized (monitor) {
            refuses = refusal != null;
        }
        // Of a key that never is: it changes nothing but the revision.
        if (refuses && hindrance.isEmpty()) tryChange();
    }

    /**
     * A change that changes nothing.
     *
     * @throws StoreException why the store takes none
     */
    public void tryChange() {
        if (commit(Transaction.id("trial-" + UUID.randomUUID()).delete("/meta/trial").build()) instanceof CommitResult.Unknown(_, String reason)) throw new StoreException.Away(reason);
    }

    @Override
    public Optional<String> hindrance() {
        return asked(store::hindrance);
    }

    @Override
    public void close() {
        synchronized (monitor) {
            closed = true;
            monitor.notifyAll();
        }
        store.close();
    }

    // ---- the store behind it

    @Override
    public long revision() {
        return asked(store::revision);
    }

    @Override
    public Optional<Entry> find(String key) {
        return asked(() -> store.find(key));
    }

    @Override
    public Page list(String prefix, String after, int limit, long revision) {
        return asked(() -> store.list(prefix, after, limit, revision));
    }

    @Override
    public void each(String prefix, long revision, Consumer<Entry> sink) {
        asked(() -> {
            store.each(prefix, revision, sink);
            return prefix;
        });
    }

    @Override
    public OptionalLong committed(String id) {
        return asked(() -> store.committed(id));
    }

    @Override
    public Watch watch(String prefix, long after, Watcher watcher) {
        return store.watch(prefix, after, watcher);
    }

    /** Its renewals tell, too, how the store does. */
    @Override
    public Lease grant(Duration timeToLive) {
        Lease lease = asked(() -> store.grant(timeToLive));
        return new Lease() {
            @Override
            public long id() {
                return lease.id();
            }

            @Override
            public Duration timeToLive() {
                return lease.timeToLive();
            }

            @Override
            public boolean keepAlive() {
                return asked(lease::keepAlive);
            }

            @Override
            public void revoke() {
                asked(() -> {
                    lease.revoke();
                    return true;
                });
            }
        };
    }
}
