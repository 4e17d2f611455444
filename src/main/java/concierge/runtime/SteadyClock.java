package concierge.runtime;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * Time that only passes: it begins with what the machine's clock shows, and goes on by the monotonic one. What waits for an
 * instant of it waits as long as was meant, also when somebody sets the machine's clock meanwhile. Thread-safe.
 */
public final class SteadyClock implements InstantSource {
    private final InstantSource wall;
    private final LongSupplier nanos;
    private final Instant began;
    private final long begun;

    public SteadyClock(InstantSource wall) {
        this(wall, System::nanoTime);
    }

    SteadyClock(InstantSource wall, LongSupplier nanos) {
        this.wall = wall;
        this.nanos = nanos;
        this.began = wall.instant();
        this.begun = nanos.getAsLong();
    }

    @Override
    public Instant instant() {
        return began.plusNanos(nanos.getAsLong() - begun);
    }

    /** How far ahead of this the machine's clock is by now: it was set, or corrected bit by bit. */
    public Duration stepped() {
        return Duration.between(instant(), wall.instant());
    }
}
