package concierge.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import concierge.model.ClockSkew;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A machine that hears the leader's time every five seconds. */
class ClockComparisonTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final MemoryStore store = new MemoryStore(InstantSource.system());
    /** True time since the start. */
    private Duration passed = Duration.ZERO;
    /** This machine's clock when its program started, and what it was set by since. */
    private Duration off = Duration.ZERO;
    private Duration stepped = Duration.ZERO;
    private Duration leaderOff = Duration.ZERO;
    private Duration leaderStepped = Duration.ZERO;
    private long term = 7;

    private final ClockComparison comparison = new ClockComparison(store, () -> START.plus(off).plus(passed), () -> stepped);

    @AfterEach
    void close() {
        comparison.close();
        store.close();
    }

    private ClockTick tick() {
        return new ClockTick("one", term, START.plus(leaderOff).plus(leaderStepped).plus(passed), leaderStepped);
    }

    private void hears(Duration... delays) {
        for (Duration delay : delays) {
            ClockTick tick = tick();
            passed = passed.plus(delay);
            comparison.heard(tick);
            passed = passed.plus(ClockTick.INTERVAL).minus(delay);
        }
    }

    private void hears(int ticks) {
        for (int i = 0; i < ticks; i++) hears(Duration.ofMillis(20));
    }

    private Duration told() {
        return comparison.get().map(ClockSkew::ahead).orElse(Duration.ZERO);
    }

    @Test
    void aDifferenceOfMinutesIsToldAfterTwoTicks() {
        off = Duration.ofMinutes(5);
        hears(1);
        assertThat(told()).isZero();
        hears(1);
        assertThat(comparison.get()).contains(new ClockSkew(Duration.ofMinutes(5), "one"));
        assertThat(comparison.get().orElseThrow().text("its")).startsWith("its clock is 5 min 0 s ahead of that of one, which leads (expected: within 5 s");
    }

    @Test
    void aClockThatIsBehindIsTold() {
        off = Duration.ofSeconds(-62);
        hears(2);
        assertThat(comparison.get().orElseThrow().difference()).isEqualTo("62 s behind");
    }

    @Test
    void whatFollowsTheSameTimeIsNotTold() {
        off = Duration.ofSeconds(4);
        hears(4);
        assertThat(told()).isZero();
    }

    @Test
    void newsThatComeLateAreNoDifference() {
        hears(Duration.ofMillis(5), Duration.ofSeconds(30), Duration.ofSeconds(20), Duration.ofSeconds(9));
        assertThat(told()).isZero();
    }

    @Test
    void aClockThatIsPutRightIsRightAtOnce() {
        off = Duration.ofMinutes(5);
        hears(3);
        assertThat(told()).isPositive();
        stepped = Duration.ofMinutes(-5);
        assertThat(told()).isZero();
    }

    @Test
    void theLeadersOwnClockIsPutRightWithItsNextTick() {
        leaderOff = Duration.ofMinutes(5);
        hears(4);
        assertThat(told()).isNegative();
        leaderStepped = Duration.ofMinutes(-5);
        hears(1);
        assertThat(told()).isZero();
    }

    @Test
    void anotherLeaderIsComparedWithAnew() {
        leaderOff = Duration.ofMinutes(5);
        hears(4);
        assertThat(told()).isNegative();
        leaderOff = Duration.ZERO;
        term++;
        hears(1);
        assertThat(told()).as("one tick may be late").isNegative();
        hears(1);
        assertThat(told()).isZero();
    }

    @Test
    void aDifferenceAtTheVeryLimitDoesNotComeAndGo() {
        off = Duration.ofMillis(5_100);
        hears(2);
        Duration first = told();
        assertThat(first).isPositive();
        stepped = Duration.ofMillis(-300);
        assertThat(told()).isEqualTo(first);
        stepped = Duration.ofMillis(-1_200);
        assertThat(told()).isZero();
    }

    @Test
    void ticksAreHeardThroughTheStore() {
        off = Duration.ofMinutes(-3);
        comparison.start();
        await().atMost(Duration.ofSeconds(10)).until(() -> {
            store.commit(Transaction.id(UUID.randomUUID().toString()).put(Keys.CLOCK, tick().value()).build());
            return comparison.get().isPresent();
        });
        assertThat(told()).isEqualTo(Duration.ofMinutes(-3));
    }
}
