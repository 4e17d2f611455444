package concierge.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FlappingTest {
    private final Flapping flapping = new Flapping();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    private Optional<ControlEffect.Calm> lostAfter(Duration time) {
        now = now.plus(time);
        return flapping.lost("a", 7, now);
    }

    @Test
    void aHostThatComesAndGoesGetsNothingNewForLongerAndLongerButNotForEver() {
        assertThat(lostAfter(Duration.ZERO)).isEmpty();
        assertThat(lostAfter(Duration.ofMinutes(1))).isEmpty();
        ControlEffect.Calm third = lostAfter(Duration.ofMinutes(1)).orElseThrow();
        assertThat(third.time()).isEqualTo(Flapping.FIRST);
        assertThat(third.fence()).isEqualTo(7);
        assertThat(third.why()).isEqualTo("flapping: lost 3 times within 30 minutes, gets nothing new for 1 min (concierge uncordon a ends that)");
        assertThat(lostAfter(Duration.ofMinutes(1)).orElseThrow().time()).isEqualTo(Flapping.FIRST.multipliedBy(2));
        for (int again = 0; again < 20; again++) assertThat(lostAfter(Duration.ofSeconds(10)).orElseThrow().time()).isLessThanOrEqualTo(Flapping.LONGEST);
    }

    @Test
    void whatIsLostNowAndThenIsNotFlapping() {
        for (int loss = 0; loss < 10; loss++) assertThat(lostAfter(Duration.ofMinutes(16))).isEmpty();
    }

    @Test
    void hostsAreCountedByThemselves() {
        lostAfter(Duration.ZERO);
        lostAfter(Duration.ZERO);
        assertThat(flapping.lost("b", 7, now)).isEmpty();
    }
}
