package concierge.simulation;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** One machine's own clock: minutes off, and a little too fast or too slow. */
final class LocalClock implements InstantSource {
    private final Scheduler world;
    private final Duration off;
    private final double rate;

    /** @param rate its seconds in a real one */
    LocalClock(Scheduler world, Duration off, double rate) {
        this.world = world;
        this.off = off;
        this.rate = rate;
    }

    /** Up to ten minutes off, and a hundredth too fast or too slow: far more than any crystal is. */
    static LocalClock wrong(Scheduler world) {
        Duration off = Duration.ofSeconds(world.number(1_200) - 600);
        return new LocalClock(world, off, 1 + (world.number(2_001) - 1_000) / 100_000.0);
    }

    @Override
    public Instant instant() {
        long real = Duration.between(Scheduler.START, world.instant()).toNanos();
        return Scheduler.START.plus(off).plusNanos((long) (real * rate));
    }

    /** Runs an action when this clock shows an instant. */
    void at(Instant shown, Runnable action) {
        // Cores may ask for "never".
        if (shown.isAfter(Scheduler.START.plus(Duration.ofDays(365)))) return;
        long own = Duration.between(Scheduler.START.plus(off), shown).toNanos();
        // Never a moment early: whoever is woken before its time asks for the same again.
        world.at(Scheduler.START.plusNanos((long) Math.ceil(own / rate) + 2), action);
    }

    void after(Duration own, Runnable action) {
        at(instant().plus(own), action);
    }
}
