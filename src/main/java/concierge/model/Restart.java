package concierge.model;

import java.time.Duration;

/**
 * What happens when an instance ends by itself.
 *
 * @param initial the pause before the second restart (the first is immediate); doubles each time
 * @param longest the pause never grows past this
 */
public record Restart(Policy policy, Duration initial, Duration longest) {
    public enum Policy {
        always,
        onFailure,
        never
    }

    public static final Restart ALWAYS = new Restart(Policy.always, Duration.ofMillis(500), Duration.ofSeconds(60));

    public Restart {
        Check.that(initial.isPositive(), initial, "restart backoff", "> 0");
        Check.that(longest.compareTo(initial) >= 0, longest, "restart longest backoff", "≥ the initial one");
    }
}
