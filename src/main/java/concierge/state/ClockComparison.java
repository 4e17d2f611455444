package concierge.state;

import concierge.model.ClockSkew;
import concierge.store.Batch;
import concierge.store.Store;
import concierge.store.StoreException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far this machine's clock is from the leader's. The leader tells its time again and again; the difference when that
 * arrives is the clocks' difference and the way here, which only adds to it: so of several the least counts. Both ends tell what
 * their clocks were set by meanwhile, so that a clock that was put right is right at once. Thread-safe.
 */
public final class ClockComparison implements Supplier<Optional<ClockSkew>>, AutoCloseable {
    /** One may have been on its way for long; of so many in a row, hardly the least. */
    private static final int SAMPLES = 4;

    /** Before that many, a clock that seems to be ahead may be a late tick. */
    private static final int ENOUGH = 2;

    /** What is told stays until the difference is so much less than the limit: one at the very limit would come and go. */
    private static final Duration SLACK = Duration.ofSeconds(1);

    /** What is told follows the difference in steps of this: each is written into the host's record. */
    private static final Duration STEP = Duration.ofSeconds(2);

    /** Between two tries to follow the store again. */
    private static final Duration AGAIN = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(ClockComparison.class);

    private final Store store;
    private final InstantSource steady;
    private final Supplier<Duration> stepped;
    /** This machine's steady time less the leader's. */
    private final Deque<Duration> samples = new ArrayDeque<>();
    private @Nullable ClockTick last;
    private Optional<ClockSkew> told = Optional.empty();
    private Store.Watch watch = () -> {};
    private boolean closed;

    /**
     * @param steady a clock that nobody sets
     * @param stepped how far this machine's clock is ahead of that one
     */
    public ClockComparison(Store store, InstantSource steady, Supplier<Duration> stepped) {
        this.store = store;
        this.steady = steady;
        this.stepped = stepped;
    }

    /** Waits for nobody: it follows the store as soon as that answers. */
    public void start() {
        Thread.ofVirtual().name("clock comparison").start(this::follow);
    }

    private void follow() {
        while (!isClosed()) {
            try {
                begin(store.watch(Keys.CLOCK, store.revision(), new Store.Watcher() {
                    @Override
                    public void changed(Batch batch) {
                        batch.changes().forEach(change -> change.entry().ifPresent(entry -> heard(ClockTick.of(entry.value()))));
                    }

                    @Override
                    public void compacted(long oldestKept) {
                        // What was missed is of no use any more.
                        start();
                    }

                    @Override
                    public void closed() {
                        close();
                    }
                }));
                return;
            } catch (StoreException e) {
                LOG.debug("clocks not compared, trying again reason={}", e.getMessage());
                rest();
            }
        }
    }

    private synchronized void begin(Store.Watch begun) {
        watch.close();
        watch = begun;
        if (closed) begun.close();
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private synchronized void rest() {
        try {
            if (!closed) wait(AGAIN.toMillis());
        } catch (InterruptedException _) {
            closed = true;
        }
    }

    synchronized void heard(ClockTick tick) {
        if (last == null || last.term() != tick.term()) samples.clear();
        last = tick;
        samples.add(Duration.between(tick.steady(), steady.instant()));
        if (samples.size() > SAMPLES) samples.remove();
    }

    /** Empty: not worth telling, or not known. */
    @Override
    public synchronized Optional<ClockSkew> get() {
        ClockTick tick = last;
        if (tick == null || samples.size() < ENOUGH) return told;
        Duration ahead = samples.stream().min(Duration::compareTo).orElseThrow().plus(stepped.get()).minus(tick.stepped());
        Duration size = ahead.abs();
        boolean worth = size.compareTo(told.isPresent() ? ClockSkew.LIMIT.minus(SLACK) : ClockSkew.LIMIT) >= 0;
        boolean same = told.filter(was -> was.leader().equals(tick.leader()) && was.ahead().minus(ahead).abs().compareTo(STEP) < 0).isPresent();
        if (!worth) told = Optional.empty();
        else if (!same) told = Optional.of(new ClockSkew(Duration.ofSeconds(ahead.toSeconds()), tick.leader()));
        return told;
    }

    @Override
    public synchronized void close() {
        closed = true;
        watch.close();
        notifyAll();
    }
}
