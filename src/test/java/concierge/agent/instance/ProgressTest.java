package concierge.agent.instance;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.InstanceState;
import concierge.model.Status;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProgressTest {
    @ParameterizedTest
    @CsvSource({
        "1 preparing 0, 1 starting 0, true",
        "1 starting 0, 1 preparing 0, false",
        "1 ready 0, 1 running 0, true",
        "1 running 0, 1 ready 0, true",
        "1 ready 0, 1 starting 0, false",
        "1 ready 0, 1 starting 1, true",
        "1 starting 2, 1 starting 1, false",
        "1 stopping 0, 1 starting 1, false",
        "1 stopping 0, 1 stopped 0, true",
        "1 failed 0, 1 stopped 0, false",
        "1 completed 0, 1 completed 0, true",
        "1 stopped 0, 2 preparing 0, true",
        "2 preparing 0, 1 stopped 0, false",
    })
    void onlyRestartsAndHealthGoBack(String before, String after, boolean allowed) {
        assertThat(Progress.mayFollow(status(before), status(after))).isEqualTo(allowed);
    }

    /** {@code generation state restarts}. */
    private static Status status(String text) {
        String[] parts = text.split(" ");
        return new Status(
                Long.parseLong(parts[0]), InstanceState.valueOf(parts[1]), Instant.EPOCH, "", Optional.empty(),
                Integer.parseInt(parts[2]), false, false, "", new TreeMap<>(), List.of());
    }
}
