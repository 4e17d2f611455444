package concierge.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Which leases are due, whatever order they were granted and kept alive in. */
final class LeaseTableTest {
    private static final Duration SHORT = Duration.ofSeconds(5);
    private static final Duration LONG = Duration.ofSeconds(9);

    private Instant now = Instant.EPOCH;
    private final LeaseTable table = new LeaseTable(() -> now, 0);

    @Test
    void theNextOneDueIsTheOneWithTheLeastTimeLeft() {
        long longer = table.grant(LONG);
        long shorter = table.grant(SHORT);
        assertThat(table.untilDue()).contains(SHORT);
        pass(SHORT);
        assertThat(table.due()).containsExactly(shorter);
        assertThat(table.isHeld(shorter)).isFalse();
        assertThat(table.isHeld(longer)).isTrue();
    }

    @Test
    void oneThatIsKeptAliveComesBehindTheOthers() {
        long kept = table.grant(SHORT);
        long left = table.grant(SHORT);
        pass(Duration.ofSeconds(3));
        assertThat(table.keepAlive(kept)).isTrue();
        assertThat(table.untilDue()).contains(Duration.ofSeconds(2));
        pass(Duration.ofSeconds(2));
        assertThat(table.due()).containsExactly(left);
        assertThat(table.keepAlive(left)).isFalse();
        pass(Duration.ofSeconds(3));
        assertThat(table.due()).as("oldest first").containsExactly(kept, left);
    }

    @Test
    void oneThatEndedIsNotDueAgainAndItsKeysAreGivenOnce() {
        long ended = table.grant(SHORT);
        table.attach(ended, "/b");
        table.attach(ended, "/a");
        pass(SHORT);
        assertThat(table.end(ended)).containsExactly("/a", "/b");
        assertThat(table.end(ended)).isEmpty();
        assertThat(table.due()).isEmpty();
        assertThat(table.untilDue()).isEmpty();
    }

    @Test
    void keysWithoutALeaseAreAlwaysHeld() {
        assertThat(table.isHeld(0)).isTrue();
        assertThat(table.isHeld(7)).isFalse();
    }

    private void pass(Duration time) {
        now = now.plus(time);
    }
}
