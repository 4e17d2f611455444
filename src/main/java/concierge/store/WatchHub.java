package concierge.store;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings commits to the watchers of a store inside this process. The store calls {@link #publish} once
 * for each revision, in order. Every watcher has a queue and, unless the hub is pumped, a virtual thread
 * of its own; what was committed before it came is read from the store's history by that thread.
 */
public final class WatchHub implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WatchHub.class);

    private final History history;
    private final boolean pumped;
    private final List<Subscription> subscriptions = new ArrayList<>();
    private long published;
    private boolean closed;

    /** The past of a store. */
    public interface History {
        /**
         * Tells the changes under a prefix in {@code (after, upTo]}, batch by batch, in order.
         *
         * @throws CompactedException when some of it is not kept any more
         */
        void replay(String prefix, long after, long upTo, Consumer<Batch> sink);

        long oldest();
    }

    /** @param pumped nothing moves but in {@link #pumpOne}: for simulation */
    public WatchHub(History history, long published, boolean pumped) {
        this.history = history;
        this.published = published;
        this.pumped = pumped;
    }

    /** All changes of the next revision. */
    public void publish(Batch batch) {
        List<Subscription> all;
        synchronized (this) {
            published = batch.revision();
            all = List.copyOf(subscriptions);
        }
        for (Subscription subscription : all) subscription.offer(batch);
    }

    public Store.Watch watch(String prefix, long after, Store.Watcher watcher) {
        Subscription subscription;
        synchronized (this) {
            if (closed) throw new StoreException("the store is closed");
            subscription = new Subscription(prefix, after, published, watcher);
            subscriptions.add(subscription);
        }
        if (pumped) subscription.catchUp(subscription::enqueue);
        else Thread.ofVirtual().name("watch " + prefix).start(subscription::run);
        return subscription;
    }

    /**
     * Makes one call to one watcher that something waits for, on the caller's thread; false: none waits.
     *
     * @param choice which of those that wait, counted modulo their number in the order in which they came
     */
    public boolean pumpOne(int choice) {
        List<Subscription> waiting = new ArrayList<>();
        synchronized (this) {
            for (Subscription subscription : subscriptions) if (subscription.waits()) waiting.add(subscription);
        }
        if (waiting.isEmpty()) return false;
        waiting.get(Math.floorMod(choice, waiting.size())).deliver();
        return true;
    }

    /** Every watcher hears that the store is closed. */
    @Override
    public void close() {
        List<Subscription> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(subscriptions);
        }
        for (Subscription subscription : all) subscription.end(Store.Watcher::closed);
    }

    private synchronized void forget(Subscription subscription) {
        subscriptions.remove(subscription);
    }

    /** The last word to a watcher. */
    private interface Farewell {
        void say(Store.Watcher watcher);
    }

    /** One watcher; its monitor guards its fields, and no call to the watcher is made while holding it. */
    private final class Subscription implements Store.Watch {
        private final String prefix;
        private final long after;
        private final long registered;
        private final Store.Watcher watcher;
        private final Deque<Batch> queue = new ArrayDeque<>();
        private @Nullable Farewell farewell;
        private boolean gone;

        Subscription(String prefix, long after, long registered, Store.Watcher watcher) {
            this.prefix = prefix;
            this.after = after;
            this.registered = registered;
            this.watcher = watcher;
        }

        void offer(Batch batch) {
            if (batch.revision() <= after) return;
            List<Batch.Change> own = under(batch.changes());
            if (!own.isEmpty()) enqueue(own.size() == batch.changes().size() ? batch : new Batch(batch.revision(), own));
        }

        private List<Batch.Change> under(List<Batch.Change> changes) {
            List<Batch.Change> own = new ArrayList<>(changes.size());
            for (Batch.Change change : changes) if (change.key().startsWith(prefix)) own.add(change);
            return own;
        }

        synchronized void enqueue(Batch batch) {
            if (gone || farewell != null) return;
            if (queue.size() >= Limits.WATCH_BACKLOG) {
                queue.clear();
                farewell = last -> last.compacted(history.oldest());
            } else {
                queue.add(batch);
            }
            notifyAll();
        }

        synchronized void end(Farewell word) {
            if (farewell == null) farewell = word;
            queue.clear();
            notifyAll();
        }

        void run() {
            catchUp(this::tell);
            while (awaitWork()) deliver();
        }

        void catchUp(Consumer<Batch> sink) {
            if (after >= registered) return;
            try {
                history.replay(prefix, after, registered, sink);
            } catch (CompactedException _) {
                end(last -> last.compacted(history.oldest()));
            } catch (StoreException e) {
                LOG.warn("watch ended prefix={} reason={}", prefix, e.getMessage());
                end(Store.Watcher::closed);
            }
        }

        private synchronized boolean awaitWork() {
            try {
                while (!gone && queue.isEmpty() && farewell == null) wait();
                return !gone;
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return false;
            }
        }

        synchronized boolean waits() {
            return !gone && (farewell != null || !queue.isEmpty());
        }

        void deliver() {
            @Nullable Batch batch;
            @Nullable Farewell word;
            synchronized (this) {
                if (gone) return;
                batch = queue.poll();
                word = batch == null ? farewell : null;
                if (word != null) gone = true;
            }
            if (batch != null) tell(batch);
            if (word != null) {
                forget(this);
                word.say(watcher);
            }
        }

        private void tell(Batch batch) {
            synchronized (this) {
                if (gone) return;
            }
            try {
                watcher.changed(batch);
            } catch (RuntimeException e) {
                // A watcher's bug must not stop the others, and must not be hidden either.
                LOG.error("watcher failed prefix={} revision={}", prefix, batch.revision(), e);
            }
        }

        @Override
        public void close() {
            synchronized (this) {
                gone = true;
                queue.clear();
                notifyAll();
            }
            forget(this);
        }
    }
}
