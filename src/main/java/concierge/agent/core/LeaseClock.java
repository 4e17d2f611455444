package concierge.agent.core;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Tells by the machine's monotonic clock when the host's lease may have ended for others: a time after the renewal that
 * was answered last was asked for. Setting the machine's time changes nothing here. Thread-safe.
 */
public final class LeaseClock {
    private final Duration timeToLive;
    private final ScheduledExecutorService timer;
    private final Consumer<AgentEvent> told;
    private long until;
    private boolean everHeld;
    private boolean held;
    private boolean lapsed;

    public LeaseClock(Duration timeToLive, ScheduledExecutorService timer, Consumer<AgentEvent> told) {
        this.timeToLive = timeToLive;
        this.timer = timer;
        this.told = told;
    }

    /** A former agent may have renewed it until now. */
    public synchronized void start() {
        until = System.nanoTime() + timeToLive.toNanos();
        look();
    }

    /** @param asked of {@link System#nanoTime} */
    public synchronized void held(long asked) {
        until = asked + timeToLive.toNanos();
        if (held || until - System.nanoTime() <= 0) return;
        held = true;
        everHeld = true;
        lapsed = false;
        told.accept(new AgentEvent.LeaseHeld());
        look();
    }

    /** Whether others may take the host for gone, which they took for there. */
    public synchronized boolean hasLapsed() {
        return lapsed && everHeld;
    }

    private synchronized void look() {
        long left = until - System.nanoTime();
        if (left > 0) {
            later(left);
            return;
        }
        if (lapsed) return;
        held = false;
        lapsed = true;
        told.accept(new AgentEvent.LeaseLapsed());
    }

    private void later(long nanos) {
        try {
            timer.schedule(this::look, nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException _) {
            // The agent was closed: nobody is left to be told.
        }
    }
}
