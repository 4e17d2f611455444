package concierge.state;

import concierge.store.Batch;
import concierge.store.Entry;
import concierge.store.Limits;
import concierge.store.Page;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Value;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What stands under a prefix, in memory: as the store told it last, also while that does not answer. Thread-safe. */
public final class Followed implements AutoCloseable {
    /** Between two tries to list a store that does not answer. */
    private static final Duration RELIST = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(Followed.class);

    private final Store store;
    private final String prefix;
    private volatile Map<String, Value> known = new ConcurrentHashMap<>();
    private Store.Watch watch = () -> {};
    private boolean closed;

    /** Lists it, and follows it from there. */
    public Followed(Store store, String prefix) {
        this.store = store;
        this.prefix = prefix;
        list();
    }

    public Optional<Value> find(String key) {
        return Optional.ofNullable(known.get(key));
    }

    private void list() {
        Map<String, Value> found = new ConcurrentHashMap<>();
        long at = store.revision();
        String after = "";
        for (boolean more = true; more; ) {
            Page page = store.list(prefix, after, Limits.PAGE, at);
            for (Entry entry : page.entries()) found.put(entry.key(), entry.value());
            more = page.more();
            if (more) after = page.entries().getLast().key();
        }
        begin(found, store.watch(prefix, at, new Store.Watcher() {
            @Override
            public void changed(Batch batch) {
                batch.changes().forEach(change -> change.entry().ifPresentOrElse(entry -> found.put(change.key(), entry.value()), () -> found.remove(change.key())));
            }

            @Override
            public void compacted(long oldestKept) {
                relist();
            }

            @Override
            public void closed() {
                close();
            }
        }));
    }

    private synchronized void begin(Map<String, Value> found, Store.Watch begun) {
        watch.close();
        watch = begun;
        known = found;
        if (closed) begun.close();
    }

    /** Tries until the store answers: what stood still would be taken for the newest. */
    private void relist() {
        while (!isClosed()) {
            try {
                list();
                return;
            } catch (StoreException e) {
                LOG.debug("not listed anew, trying again prefix={} reason={}", prefix, e.getMessage());
                rest();
            }
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private synchronized void rest() {
        try {
            if (!closed) wait(RELIST.toMillis());
        } catch (InterruptedException _) {
            closed = true;
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        watch.close();
        notifyAll();
    }
}
