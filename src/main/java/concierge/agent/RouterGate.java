package concierge.agent;

import java.time.Duration;

/** Where one waits until no router sends anything to a withdrawn endpoint any more. */
public interface RouterGate {
    /**
     * Returns when every connected router serves {@code revision} or a later one, at once when none is
     * connected, and after {@code bound} in any case.
     */
    void await(long revision, Duration bound) throws InterruptedException;

    /** For where there are no routers. */
    RouterGate NONE = (_, _) -> {};
}
