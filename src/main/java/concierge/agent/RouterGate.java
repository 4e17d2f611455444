package concierge.agent;

import java.time.Duration;

/** Where one waits until no router sends anything to a withdrawn endpoint any more. */
public interface RouterGate {
    /** From a commit over the store's watches and servers' streams to a router takes some ten milliseconds; a late one tries the next target. */
    Duration SPREAD = Duration.ofMillis(500);

    /**
     * Returns when every connected router serves {@code revision} or a later one, at once when none is
     * connected, and after {@code bound} in any case.
     */
    void await(long revision, Duration bound) throws InterruptedException;

    /**
     * Also for routers that nobody here hears of: after those that {@code known} tells of have it, waits as long as
     * news take to reach the others.
     */
    static RouterGate spreading(RouterGate known) {
        return (revision, bound) -> {
            known.await(revision, bound);
            Thread.sleep(SPREAD.compareTo(bound) < 0 ? SPREAD : bound);
        };
    }

    /** For where there are no routers. */
    RouterGate NONE = (_, _) -> {};
}
