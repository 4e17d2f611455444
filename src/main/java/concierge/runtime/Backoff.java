package concierge.runtime;

import java.time.Duration;

/**
 * Exponential backoff with jitter: pause {@code i} is {@code initial · 2^i}, at most {@code longest}, of
 * which a random half is taken away, so that what failed together does not return together.
 */
public record Backoff(Duration initial, Duration longest) {
    /**
     * @param attempt 0 for the first pause
     * @param random uniform in [0, 1)
     */
    public Duration pause(int attempt, double random) {
        double full = Math.min(longest.toNanos(), initial.toNanos() * Math.pow(2, Math.min(attempt, 40)));
        return Duration.ofNanos((long) (full * (1 - random / 2)));
    }
}
