package concierge.source.portier;

import java.time.Duration;
import java.util.Optional;

/**
 * How this installation takes part.
 *
 * @param interval between two heartbeats
 * @param silence tasks are stopped when the queue has not answered for so long; zero: never
 * @param patience how long a claimed task may be without a place until it is given back
 * @param pause until a task that could not run is tried again
 */
public record PortierSettings(String endpoint, String identity, Duration interval, Duration silence, Duration patience, Duration pause) {
    /** What cannot be meant, for people; empty: nothing. */
    public Optional<String> trouble() {
        // Between two answers of a queue that does well nothing is heard for an interval, and a little more.
        if (silence.isZero() || silence.compareTo(interval.multipliedBy(2)) >= 0) return Optional.empty();
        return Optional.of("portier.silence: " + millis(silence) + " (expected: 0, or at least twice portier.interval, which is " + millis(interval)
                + ": a queue that does well would be taken for silent)");
    }

    private static String millis(Duration time) {
        return time.toMillis() + "ms";
    }
}
