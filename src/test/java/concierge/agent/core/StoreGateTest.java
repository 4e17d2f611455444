package concierge.agent.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StoreGateTest {
    private static final Instant START = Instant.EPOCH;

    private final List<AgentEffect> effects = new ArrayList<>();
    private final StoreGate gate = new StoreGate(new SplittableRandom(1), effects::add);

    private void open() {
        gate.read();
        gate.opened(1);
    }

    /** What a core does that is woken when it asked to be; how often that is within half a minute. */
    private int wakes() {
        int wakes = 0;
        for (Instant now = gate.wakeAt(); now.isBefore(START.plusSeconds(30)); now = gate.wakeAt()) {
            gate.onTime(now);
            assertThat(gate.wakeAt()).as("after a wake at %s", now).isAfter(now);
            wakes++;
        }
        return wakes;
    }

    @Test
    void aDoubtThatNothingClearsUpIsReadAboutOnce() {
        open();
        gate.doubt(START);
        assertThat(wakes()).isEqualTo(1);
        assertThat(effects).last().isInstanceOf(AgentEffect.ReadStore.class);
    }

    @Test
    void whoIsInDoubtWhileTheStoreIsAwayIsNotWokenAgainAndAgain() {
        open();
        gate.doubt(START);
        gate.lost("away", START);
        assertThat(wakes()).as("to read once more").isEqualTo(1);
    }

    @Test
    void whoIsInDoubtWhileItReadsAgainLooksOnceItHasRead() {
        open();
        gate.readAgain();
        gate.doubt(START);
        assertThat(wakes()).isZero();
        gate.opened(2);
        assertThat(gate.wakeAt()).isBefore(START.plus(Duration.ofSeconds(30)));
        assertThat(wakes()).isEqualTo(1);
    }
}
