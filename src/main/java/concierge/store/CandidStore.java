package concierge.store;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A store that can say why it takes no changes: what people are shown then cannot stand in the store itself. From a
 * commit that failed on it tries an empty one by itself until one succeeds, since nobody else may want to write.
 * Owns the store behind it. Thread-safe.
 */
public final class CandidStore implements Store {
    /** People see within a moment that there is room again; an empty commit is one sync of the disk. */
    private static final Duration TRY = Duration.ofSeconds(1);

    private final Store store;
    private final Object monitor = new Object();
    private @Nullable String trouble;
    private boolean trying;
    private boolean closed;

    public CandidStore(Store store) {
        this.store = store;
    }

    /** Why the last commit failed; empty: it did not. */
    public Optional<String> trouble() {
        synchronized (monitor) {
            return Optional.ofNullable(trouble);
        }
    }

    @Override
    public CommitResult commit(Transaction transaction) {
        try {
            CommitResult result = store.commit(transaction);
            switch (result) {
                case CommitResult.Committed _, CommitResult.Conflict _ -> writes();
                case CommitResult.Unknown(_, String reason) -> failed(reason);
            }
            return result;
        } catch (StoreException e) {
            failed(String.valueOf(e.getMessage()));
            throw e;
        }
    }

    private void writes() {
        synchronized (monitor) {
            trouble = null;
        }
    }

    private void failed(String reason) {
        synchronized (monitor) {
            if (closed) return;
            trouble = reason;
            if (trying) return;
            trying = true;
        }
        Thread.ofVirtual().name("store trial").start(this::untilItWrites);
    }

    private void untilItWrites() {
        while (isInTrouble()) {
            try {
                // Of a key that never is: it changes nothing but the revision.
                commit(Transaction.id("trial-" + UUID.randomUUID()).delete("/meta/trial").build());
            } catch (StoreException _) {
                // Kept as the trouble, and tried again.
            }
        }
    }

    private boolean isInTrouble() {
        synchronized (monitor) {
            try {
                if (trouble != null && !closed) monitor.wait(TRY.toMillis());
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                closed = true;
            }
            trying = trouble != null && !closed;
            return trying;
        }
    }

    @Override
    public void close() {
        synchronized (monitor) {
            closed = true;
            monitor.notifyAll();
        }
        store.close();
    }

    @Override
    public long revision() {
        return store.revision();
    }

    @Override
    public Optional<Entry> find(String key) {
        return store.find(key);
    }

    @Override
    public Page list(String prefix, String after, int limit, long revision) {
        return store.list(prefix, after, limit, revision);
    }

    @Override
    public void each(String prefix, long revision, Consumer<Entry> sink) {
        store.each(prefix, revision, sink);
    }

    @Override
    public OptionalLong committed(String id) {
        return store.committed(id);
    }

    @Override
    public Watch watch(String prefix, long after, Watcher watcher) {
        return store.watch(prefix, after, watcher);
    }

    @Override
    public Lease grant(Duration timeToLive) {
        return store.grant(timeToLive);
    }
}
