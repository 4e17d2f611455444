package concierge.store;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
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
        if (pumped) subscription.catchUp(subscription.queue::offer);
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
            for (Subscription subscription : subscriptions) if (subscription.queue.waits()) waiting.add(subscription);
        }
        if (waiting.isEmpty()) return false;
        waiting.get(Math.floorMod(choice, waiting.size())).queue.deliver();
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
        for (Subscription subscription : all) subscription.queue.end(Store.Watcher::closed);
    }

    private synchronized void forget(Subscription subscription) {
        subscriptions.remove(subscription);
    }

    /** One watcher. */
    private final class Subscription implements Store.Watch {
        private final String prefix;
        private final long after;
        private final long registered;
        private final WatchQueue queue;

        Subscription(String prefix, long after, long registered, Store.Watcher watcher) {
            this.prefix = prefix;
            this.after = after;
            this.registered = registered;
            this.queue = new WatchQueue(prefix, watcher, history::oldest, () -> forget(this));
        }

        void offer(Batch batch) {
            if (batch.revision() <= after) return;
            List<Batch.Change> own = under(batch.changes());
            if (!own.isEmpty()) queue.offer(own.size() == batch.changes().size() ? batch : new Batch(batch.revision(), own));
        }

        private List<Batch.Change> under(List<Batch.Change> changes) {
            List<Batch.Change> own = new ArrayList<>(changes.size());
            for (Batch.Change change : changes) if (change.key().startsWith(prefix)) own.add(change);
            return own;
        }

        void run() {
            catchUp(queue::tell);
            queue.run();
        }

        void catchUp(Consumer<Batch> sink) {
            if (after >= registered) return;
            try {
                history.replay(prefix, after, registered, sink);
            } catch (CompactedException _) {
                queue.end(last -> last.compacted(history.oldest()));
            } catch (StoreException e) {
                LOG.warn("watch ended prefix={} reason={}", prefix, e.getMessage());
                queue.end(Store.Watcher::closed);
            }
        }

        @Override
        public void close() {
            queue.close();
        }
    }
}
