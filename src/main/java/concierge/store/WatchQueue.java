package concierge.store;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What waits to be told to one watcher, and the telling. Its monitor guards its fields, and no call to the
 * watcher is made while holding it. Somebody calls {@link #run} on a thread of its own, or {@link #deliver}.
 */
public final class WatchQueue implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WatchQueue.class);

    private final String prefix;
    private final Store.Watcher watcher;
    private final LongSupplier oldest;
    private final Runnable gone;
    private final Deque<Batch> queue = new ArrayDeque<>();
    private @Nullable Farewell farewell;
    private boolean over;

    /** The last word to a watcher. */
    public interface Farewell {
        void say(Store.Watcher watcher);
    }

    /**
     * @param prefix for the log
     * @param oldest the oldest revision that the store keeps
     * @param gone called when nothing will be told any more
     */
    public WatchQueue(String prefix, Store.Watcher watcher, LongSupplier oldest, Runnable gone) {
        this.prefix = prefix;
        this.watcher = watcher;
        this.oldest = oldest;
        this.gone = gone;
    }

    /** The next batch; false: the watcher has fallen behind or gone, and needs no more. */
    public synchronized boolean offer(Batch batch) {
        if (over || farewell != null) return false;
        if (queue.size() >= Limits.WATCH_BACKLOG) {
            queue.clear();
            farewell = last -> last.compacted(oldest.getAsLong());
            notifyAll();
            return false;
        }
        queue.add(batch);
        notifyAll();
        return true;
    }

    /** Nothing but this is told any more. */
    public synchronized void end(Farewell word) {
        if (farewell == null) farewell = word;
        queue.clear();
        notifyAll();
    }

    /** Tells everything until the end. */
    public void run() {
        while (awaitWork()) deliver();
    }

    private synchronized boolean awaitWork() {
        try {
            while (!over && queue.isEmpty() && farewell == null) wait();
            return !over;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    synchronized boolean waits() {
        return !over && (farewell != null || !queue.isEmpty());
    }

    void deliver() {
        @Nullable Batch batch;
        @Nullable Farewell word;
        synchronized (this) {
            if (over) return;
            batch = queue.poll();
            word = batch == null ? farewell : null;
            if (word != null) over = true;
        }
        if (batch != null) tell(batch);
        if (word != null) {
            gone.run();
            word.say(watcher);
        }
    }

    void tell(Batch batch) {
        synchronized (this) {
            if (over) return;
        }
        try {
            watcher.changed(batch);
        } catch (RuntimeException e) {
            // A watcher's bug must not stop the others, and must not be hidden either.
            LOG.error("watcher failed prefix={} revision={}", prefix, batch.revision(), e);
        }
    }

    /** Tells nothing more, not even the last word. */
    @Override
    public void close() {
        synchronized (this) {
            over = true;
            queue.clear();
            notifyAll();
        }
        gone.run();
    }
}
