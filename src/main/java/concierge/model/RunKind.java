package concierge.model;

import java.time.Duration;
import java.util.Optional;

/** Whether an instance should run for ever or until it is done. */
public sealed interface RunKind {
    /** Kept running, by the service's {@link Restart}. */
    record Forever() implements RunKind {}

    /**
     * Runs once; its exit code is the result; never restarted.
     *
     * @param priority higher is placed first
     * @param deadline stopped and failed when it runs longer
     */
    record ToCompletion(int priority, Optional<Duration> deadline) implements RunKind {}

    RunKind FOREVER = new Forever();
}
