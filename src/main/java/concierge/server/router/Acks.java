package concierge.server.router;

import concierge.agent.RouterGate;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Which revision of the routes each router serves: they say so. One that has not said anything for {@link
 * #FORGOTTEN} is gone; none there means nobody to wait for. Thread-safe.
 */
public final class Acks implements RouterGate {
    /** Routers acknowledge each table at once and repeat themselves every few seconds. */
    static final Duration FORGOTTEN = Duration.ofSeconds(30);

    /** Routers have a place each in a cluster; more names than this are a client that makes them up. */
    static final int MOST_ROUTERS = 1_000;

    private final Map<String, Ack> acks = new HashMap<>();

    private record Ack(long revision, long at) {}

    /** A router serves this revision now. */
    synchronized void acknowledge(String router, long revision) {
        forget();
        if (acks.size() >= MOST_ROUTERS && !acks.containsKey(router)) {
            throw Refusal.of(Code.busy, MOST_ROUTERS + " routers are known already", "");
        }
        Ack before = acks.get(router);
        // Late answers of one router may overtake each other; what it served once it never serves less of.
        long highest = before == null ? revision : Math.max(before.revision(), revision);
        acks.put(router, new Ack(highest, System.nanoTime()));
        notifyAll();
    }

    @Override
    public synchronized void await(long revision, Duration bound) throws InterruptedException {
        long deadline = System.nanoTime() + bound.toNanos();
        while (!allAt(revision)) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) return;
            // Woken without news too: a router may have to be forgotten meanwhile.
            wait(Math.min(left, 1000));
        }
    }

    private boolean allAt(long revision) {
        forget();
        return acks.values().stream().allMatch(ack -> ack.revision() >= revision);
    }

    private void forget() {
        long oldest = System.nanoTime() - FORGOTTEN.toNanos();
        acks.values().removeIf(ack -> ack.at() - oldest < 0);
    }
}
