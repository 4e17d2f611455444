package concierge.control;

import concierge.runtime.SteadyClock;
import concierge.state.ClockTick;
import concierge.state.Election;
import concierge.state.Keys;
import concierge.state.Writes;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import java.time.InstantSource;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the members what time it is for the leader, as long as this one leads: they compare their own with it. */
public final class LeaderClock implements Election.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderClock.class);

    private final Store store;
    private final String name;
    private final InstantSource wall;
    private final SteadyClock steady;
    private @Nullable Thread telling;

    /** @param name of the server, for people */
    public LeaderClock(Store store, String name, InstantSource wall) {
        this.store = store;
        this.name = name;
        this.wall = wall;
        this.steady = new SteadyClock(wall);
    }

    @Override
    public void elected(long fence) {
        telling = Thread.ofVirtual().name("leader clock").start(() -> tell(fence));
    }

    @Override
    public void deposed(String reason) {
        if (telling != null) telling.interrupt();
    }

    private void tell(long fence) {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                tick(fence);
                Thread.sleep(ClockTick.INTERVAL);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void tick(long fence) {
        Transaction.Builder to = Transaction.id("clock-" + UUID.randomUUID());
        Writes.fence(to, fence);
        try {
            var _ = store.commit(to.put(Keys.CLOCK, new ClockTick(name, fence, wall.instant(), steady.stepped()).value()).build());
        } catch (StoreException e) {
            LOG.debug("time not told reason={}", e.getMessage());
        }
    }
}
