package concierge.server.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LogMergeTest {
    private static final Duration SHORT = Duration.ofMillis(20);
    private final LogMerge merge = new LogMerge();

    @Test
    void linesComeInTheOrderOfTheirTimes() throws Exception {
        put(merge.open("shop/default/web/1"), 1, 4);
        put(merge.open("shop/default/web/2"), 2, 3);

        for (int second = 1; second <= 4; second++) assertThat(next().map(LogMerge.Line::text)).contains("at " + second);
        assertThat(next()).isEmpty();
        assertThat(merge.isEmpty()).isTrue();
    }

    @Test
    void whoSaysNothingIsGivenUpAndTheOthersLinesCome() throws Exception {
        LogMerge.Source hanging = merge.open("shop/default/web/1");
        put(merge.open("shop/default/web/2"), 1, 2);

        assertThat(next()).as("the one that hangs may have said something earlier").isEmpty();
        assertThat(merge.giveUpSilent()).containsExactly("shop/default/web/1");
        assertThat(next().map(LogMerge.Line::text)).contains("at 1");
        assertThat(hanging.put(line(0))).as("what comes now comes too late").isFalse();
        assertThat(next().map(LogMerge.Line::text)).contains("at 2");
        assertThat(next()).isEmpty();
        assertThat(merge.isEmpty()).isTrue();
    }

    private Optional<LogMerge.Line> next() throws InterruptedException {
        return merge.next(true, SHORT);
    }

    private static void put(LogMerge.Source source, int... seconds) throws InterruptedException {
        try (source) {
            for (int second : seconds) source.put(line(second));
        }
    }

    private static LogMerge.Line line(int second) {
        return new LogMerge.Line("shop/default/web/1", Instant.EPOCH.plusSeconds(second), false, "at " + second);
    }
}
