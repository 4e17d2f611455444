package concierge.model;

import java.time.Duration;

/**
 * How running instances are replaced by a changed version.
 *
 * @param parallel how many at once, ≥ 1
 * @param delay pause between two batches
 * @param monitor how long a new instance must stay ready to count as good
 */
public record Update(Order order, int parallel, Duration delay, Duration monitor, OnFailure onFailure) {
    public enum Order {
        startFirst,
        stopFirst
    }

    public enum OnFailure {
        rollback,
        pause
    }

    public static final Update DEFAULT =
            new Update(Order.stopFirst, 1, Duration.ZERO, Duration.ZERO, OnFailure.pause);

    public Update {
        Check.that(parallel >= 1, parallel, "update parallel", "≥ 1");
        Check.that(!delay.isNegative(), delay, "update delay", "≥ 0");
        Check.that(!monitor.isNegative(), monitor, "update monitor", "≥ 0");
    }
}
