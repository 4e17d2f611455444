package concierge.executor.process;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** Waits for what files and {@code /proc} cannot announce. */
final class Waiting {
    /**
     * Between two looks of all who wait together: a look costs some ten microseconds for one, but the fifty that
     * start at once must not keep the processors from what they wait for.
     */
    private static final Duration LOOK = Duration.ofMillis(2);

    private static final AtomicInteger WAITING = new AtomicInteger();

    private Waiting() {}

    /** Whether it came true in time. */
    static boolean until(BooleanSupplier condition, Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        WAITING.incrementAndGet();
        try {
            while (!condition.getAsBoolean()) {
                if (System.nanoTime() - deadline > 0) return false;
                Thread.sleep(LOOK.multipliedBy(WAITING.get()));
            }
            return true;
        } finally {
            WAITING.decrementAndGet();
        }
    }

    static void pause(Duration pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
