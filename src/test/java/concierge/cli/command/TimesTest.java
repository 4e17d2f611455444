package concierge.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimesTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @ParameterizedTest
    @CsvSource({"PT45S, 45s", "PT12M30S, 12m", "PT3H, 3h", "P9D, 9d", "PT-5S, 0s"})
    void anAgeIsToldInItsLargestUnit(Duration past, String told) {
        assertThat(Times.age(NOW.minus(past), NOW)).isEqualTo(told);
    }

    @ParameterizedTest
    @CsvSource({"P90D, 90d", "P89DT12H, 89d", "PT12H, 12h"})
    void whatWasJustSaidToLastThatLongIsToldSo(Duration lasts, String told) {
        assertThat(Times.left(NOW.plus(lasts), NOW.plusSeconds(3))).isEqualTo(told);
    }
}
