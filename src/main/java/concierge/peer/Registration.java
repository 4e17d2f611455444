package concierge.peer;

import concierge.store.CommitResult;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import concierge.store.Value;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
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
    private final Supplier<List<String>> keys;
    private final Value where;
    private final Thread thread;
    private final CountDownLatch ended = new CountDownLatch(1);
    private Store.@Nullable Lease lease;

    /** @param keys {@link concierge.state.Keys#peerHost} and its like; asked at each beat */
    public Registration(Store store, Supplier<List<String>> keys, Listed where) {
        this.store = store;
        this.keys = keys;
        this.where = where.value();
        this.thread = Thread.ofVirtual().name("peer registration").unstarted(this::beat);
    }

    public void start() {
        thread.start();
    }

    private void beat() {
        try {
            do {
                try {
                    List<String> wanted = keys.get();
                    if (lease == null || !lease.keepAlive() || !stand(wanted)) register(wanted);
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

    /** A key that several tell vanishes with the lease of whoever told it last. */
    private boolean stand(List<String> wanted) {
        return wanted.stream().allMatch(key -> store.find(key).isPresent());
    }

    private void register(List<String> wanted) {
        Store.Lease granted = lease != null && lease.keepAlive() ? lease : store.grant(TIME_TO_LIVE);
        Transaction.Builder to = Transaction.id("peer-" + UUID.randomUUID());
        for (String key : wanted) to.put(key, where, granted.id());
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
