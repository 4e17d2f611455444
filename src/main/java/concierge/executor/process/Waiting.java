package concierge.executor.process;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for what files and {@code /proc} cannot announce. */
final class Waiting {
    /** A look costs some ten microseconds. */
    private static final Duration LOOK = Duration.ofMillis(2);

    private Waiting() {}

    /** Whether it came true in time. */
    static boolean until(BooleanSupplier condition, Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) return false;
            Thread.sleep(LOOK);
        }
        return true;
    }

    static void pause(Duration pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
