package concierge.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class SteadyClockTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final AtomicReference<Instant> wall = new AtomicReference<>(START);
    private final AtomicLong nanos = new AtomicLong(42);
    private final SteadyClock clock = new SteadyClock(wall::get, nanos::get);

    @Test
    void goesOnWhenTheMachinesClockIsSet() {
        wall.set(START.minus(Duration.ofMinutes(5)));
        nanos.addAndGet(Duration.ofSeconds(2).toNanos());

        assertThat(clock.instant()).isEqualTo(START.plusSeconds(2));
        assertThat(clock.stepped()).isEqualTo(Duration.ofSeconds(-302));
    }
}
