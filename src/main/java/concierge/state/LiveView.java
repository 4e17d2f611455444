package concierge.state;

import concierge.model.Deployment;
import concierge.model.Problem;
import concierge.model.View;
import concierge.store.Batch;
import concierge.store.Store;
import concierge.store.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The newest {@link View} of a store, kept up by a watch; thread-safe. Its monitor guards the builder;
 * views are built when somebody asks. When it fell behind too far, it lists everything anew. After {@link
 * #close}, or when the store is closed, it stays as it was.
 *
 * <p>Whoever must know what changed compares two views ({@link concierge.model.SharedMap#forEachChange}):
 * those in between are left out.
 */
public final class LiveView implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LiveView.class);

    /** Between two tries to list a store that does not answer; each try takes seconds by itself. */
    private static final Duration RELIST = Duration.ofSeconds(1);

    private final Store store;
    private ViewBuilder builder;
    private View view;
    private Store.Watch watch = () -> {};
    private boolean stale;
    private boolean closed;

    /** Lists the store, which may take a while, and follows it from there. */
    public LiveView(Store store) {
        this.store = store;
        this.builder = ViewBuilder.load(store);
        this.view = builder.view();
        this.watch = follow(builder.revision());
    }

    public synchronized View view() {
        if (stale) {
            view = builder.view();
            stale = false;
        }
        return view;
    }

    /** The deployments of a stack that are kept, newest first. */
    public synchronized List<Deployment> deployments(String stack) {
        return builder.deployments(stack);
    }

    /** The records that could not be read. */
    public synchronized List<Problem> problems() {
        return builder.problems();
    }

    /** Waits until the view is at least at a revision; false when it is not within the time, or never will be. */
    public synchronized boolean await(long revision, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (builder.revision() < revision) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (closed || left <= 0) return false;
            wait(left);
        }
        return true;
    }

    /**
     * Tells {@code listener} the newest view now and after changes, on a thread of its own; views that come
     * while it is busy are told as one. Closing the subscription ends it.
     */
    public AutoCloseable subscribe(Consumer<View> listener) {
        Subscription subscription = new Subscription(listener);
        Thread.ofVirtual().name("view subscription").start(subscription::run);
        return subscription;
    }

    @Override
    public synchronized void close() {
        closed = true;
        watch.close();
        notifyAll();
    }

    private Store.Watch follow(long revision) {
        return store.watch("/", revision, new Store.Watcher() {
            @Override
            public void changed(Batch batch) {
                apply(batch);
            }

            @Override
            public void compacted(long oldestKept) {
                relist();
            }

            @Override
            public void closed() {
                close();
            }
        });
    }

    private synchronized void apply(Batch batch) {
        if (closed || batch.revision() <= builder.revision()) return;
        builder.apply(batch);
        stale = true;
        notifyAll();
    }

    /** Tries until the store answers: a view that stood still would be taken for the newest. */
    private void relist() {
        while (!isClosed()) {
            try {
                ViewBuilder fresh = ViewBuilder.load(store);
                synchronized (this) {
                    if (closed) return;
                    LOG.info("view listed anew revision={} was={}", fresh.revision(), builder.revision());
                    builder = fresh;
                    stale = true;
                    watch = follow(fresh.revision());
                    notifyAll();
                    return;
                }
            } catch (StoreException e) {
                LOG.warn("view not listed anew, trying again reason={}", e.getMessage());
                if (!pause()) return;
            }
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private synchronized boolean pause() {
        try {
            if (!closed) wait(RELIST.toMillis());
            return !closed;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private final class Subscription implements AutoCloseable {
        private final Consumer<View> listener;
        private boolean ended;

        Subscription(Consumer<View> listener) {
            this.listener = listener;
        }

        void run() {
            long told = -1;
            try {
                while (true) {
                    View next;
                    synchronized (LiveView.this) {
                        while (!ended && !closed && builder.revision() == told) LiveView.this.wait();
                        if (ended || closed) return;
                        next = view();
                        told = builder.revision();
                    }
                    listener.accept(next);
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                LOG.error("view listener failed", e);
            }
        }

        @Override
        public void close() {
            synchronized (LiveView.this) {
                ended = true;
                LiveView.this.notifyAll();
            }
        }
    }
}
