package concierge.peer;

import concierge.store.CommitResult;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps telling, under a lease, where this process answers its peers. One virtual thread. Whoever still finds the
 * address of one that died learns the rest by asking.
 */
public final class Registration implements AutoCloseable {
    /** Longer than hosts have: nothing is decided by it. */
    private static final Duration TIME_TO_LIVE = Duration.ofSeconds(15);

    private static final Duration BEAT = TIME_TO_LIVE.dividedBy(3);
    private static final Logger LOG = LoggerFactory.getLogger(Registration.class);

    private final Store store;
    private final List<String> keys;
    private final String address;
    private final Thread thread;
    private final CountDownLatch ended = new CountDownLatch(1);
    private Store.@Nullable Lease lease;

    /** @param keys {@link concierge.state.Keys#peerHost} and its like, each with this address */
    public Registration(Store store, List<String> keys, String address) {
        this.store = store;
        this.keys = List.copyOf(keys);
        this.address = address;
        this.thread = Thread.ofVirtual().name("peer registration").unstarted(this::beat);
    }

    public void start() {
        thread.start();
    }

    private void beat() {
        try {
            do {
                try {
                    if (lease == null || !lease.keepAlive()) register();
                } catch (StoreException e) {
                    LOG.debug("peers not told where we are reason={}", e.getMessage());
                }
            } while (!ended.await(BEAT.toMillis(), TimeUnit.MILLISECONDS));
            if (lease != null) lease.revoke();
        } catch (StoreException e) {
            LOG.debug("registration left to expire reason={}", e.getMessage());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void register() {
        Store.Lease granted = store.grant(TIME_TO_LIVE);
        Transaction.Builder to = Transaction.id("peer-" + UUID.randomUUID());
        for (String key : keys) to.put(key, concierge.store.Value.of(address), granted.id());
        if (store.commit(to.build()) instanceof CommitResult.Committed) lease = granted;
    }

    /** Peers stop asking at once; bounded, since the store may not answer. */
    @Override
    public void close() {
        ended.countDown();
        try {
            thread.join(BEAT);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
