package concierge.executor.docker;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.executor.Running;
import concierge.model.Digest;
import concierge.model.InstanceId;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** When the end of a container may be told by its event alone. */
class RunsTest {
    private static final Instant FIRST = Instant.parse("2026-01-01T00:00:00.5Z");
    private static final Instant SECOND = FIRST.plusSeconds(60);
    private static final String ID = "c0ffee";

    private final Runs runs = new Runs();

    private static Running run(Running.State state, Instant started) {
        Optional<Integer> exit = state == Running.State.ended ? Optional.of(1) : Optional.empty();
        return new Running(
                InstanceId.parse("shop/default/web/1"), 7, Digest.of("x"), "web", state, Optional.of(started), exit, false,
                "10.0.0.2", new TreeMap<>(Map.of("80/tcp", "127.0.0.1:8000")));
    }

    @Test
    void theEndOfARunThatWasSeenHasItsStartAndExitCode() {
        runs.saw(ID, run(Running.State.running, FIRST), false);
        Running ended = runs.ended(ID, FIRST.plusMillis(1), 137).orElseThrow();
        assertThat(ended.state()).isEqualTo(Running.State.ended);
        assertThat(ended.started()).contains(FIRST);
        assertThat(ended.exitCode()).contains(137);
        assertThat(ended.ports()).containsEntry("80/tcp", "127.0.0.1:8000");
        assertThat(runs.hasEnded(ID, 7)).isTrue();
        assertThat(runs.hasEnded(ID, 8)).isFalse();
    }

    @Test
    void anEndBeforeTheRunThatWasSeenIsOfAnEarlierOne() {
        runs.saw(ID, run(Running.State.running, SECOND), false);
        assertThat(runs.ended(ID, SECOND.minusMillis(1), 1)).isEmpty();
        assertThat(runs.hasEnded(ID, 7)).isFalse();
    }

    @Test
    void theEndOfWhatWasNotSeenRunningIsNotKnown() {
        assertThat(runs.ended(ID, FIRST, 1)).isEmpty();
        runs.saw(ID, run(Running.State.ended, FIRST), false);
        assertThat(runs.ended(ID, SECOND, 1)).isEmpty();
    }

    @Test
    void aKillUnderAMemoryLimitHasToBeLookedAt() {
        runs.saw(ID, run(Running.State.running, FIRST), true);
        assertThat(runs.ended(ID, SECOND, 137)).isEmpty();
        assertThat(runs.ended(ID, SECOND, 1)).isPresent();
    }

    @Test
    void anEndAfterMemoryRanOutHasToBeLookedAtAndTheNextOneNot() {
        runs.saw(ID, run(Running.State.running, FIRST), true);
        runs.starved(ID);
        runs.saw(ID, run(Running.State.running, FIRST), true);
        assertThat(runs.ended(ID, SECOND, 1)).isEmpty();
        runs.saw(ID, run(Running.State.ended, FIRST), true);
        runs.saw(ID, run(Running.State.running, SECOND), true);
        assertThat(runs.ended(ID, SECOND.plusSeconds(1), 1)).isPresent();
    }

    @Test
    void aDescriptionThatComesLateTakesNothingBack() {
        runs.saw(ID, run(Running.State.running, FIRST), false);
        runs.ended(ID, FIRST.plusSeconds(1), 1);
        runs.saw(ID, run(Running.State.running, FIRST), false);
        assertThat(runs.hasEnded(ID, 7)).isTrue();
        runs.saw(ID, run(Running.State.running, SECOND), false);
        runs.saw(ID, run(Running.State.ended, FIRST), false);
        assertThat(runs.hasEnded(ID, 7)).isFalse();
    }

    @Test
    void whatIsGoneOrNoLongerSureIsForgotten() {
        for (String id : Set.of("a", "b", "c")) runs.saw(id, run(Running.State.ended, FIRST), false);
        runs.forget("a");
        runs.keep(Set.of("a", "b"));
        assertThat(runs.hasEnded("a", 7)).isFalse();
        assertThat(runs.hasEnded("b", 7)).isTrue();
        assertThat(runs.hasEnded("c", 7)).isFalse();
        runs.clear();
        assertThat(runs.hasEnded("b", 7)).isFalse();
    }
}
