package concierge.model;

import java.time.Duration;

/** How a host is given up: what its agent and the leader must agree on, each by its own clock. */
public final class Loss {
    /**
     * Of a host's record and a leader's key. Nearly three seconds without any answer, by a pause or a busy machine, cost
     * nothing, and a lost host is replaced within five.
     */
    public static final Duration LEASE = Duration.ofSeconds(4);

    /** After the lease has ended: an agent that only lost its lease is back within this. */
    public static final Duration PATIENCE = Duration.ofMillis(500);

    /** An agent that was told to stop may be away for so long: a restart, an upgrade. */
    public static final Duration RESTART = Duration.ofSeconds(10);

    /** When most hosts vanish at once, it is rather the store, or the way to it, that was away: they get so long to be back. */
    public static final Duration TOGETHER = Duration.ofSeconds(10);

    /** What stops when its host is lost has so long from TERM to KILL. */
    public static final Duration STOP_GRACE = Duration.ofSeconds(5);

    /**
     * From the end of a host's lease until what stops when lost has stopped there for certain: the agent begins no later
     * than the lease ends; that leaves as long again as {@link #STOP_GRACE} for a slow engine and a slow clock.
     */
    public static final Duration STOPPED_AFTER = Duration.ofSeconds(10);

    private Loss() {}
}
