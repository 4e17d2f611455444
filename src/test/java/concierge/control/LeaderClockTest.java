package concierge.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import concierge.state.Election;
import concierge.state.Keys;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class LeaderClockTest {
    @Test
    void theTimeIsToldByWhoLeadsAndByNobodyElse() {
        try (MemoryStore store = new MemoryStore(InstantSource.system())) {
            LeaderClock deposed = new LeaderClock(store, "two", InstantSource.system());
            try (Election election = new Election(store, "one", new LeaderClock(store, "one", InstantSource.system()))) {
                election.start();
                await().atMost(Duration.ofSeconds(10)).until(() -> store.find(Keys.CLOCK).isPresent());
                deposed.elected(store.find(Keys.LEADER).orElseThrow().created() - 1);
                // After its tick has been tried: a commit of one store comes after those before it.
                await().during(Duration.ofMillis(200)).atMost(Duration.ofSeconds(10)).untilAsserted(() ->
                        assertThat(store.find(Keys.CLOCK).orElseThrow().value().text()).contains("\"leader\":\"one\""));
                deposed.deposed("it never led");
            }
            long ended = store.find(Keys.CLOCK).orElseThrow().modified();
            store.commit(Transaction.id("later").put("/x", "y").build());
            assertThat(store.find(Keys.CLOCK).orElseThrow().modified()).isEqualTo(ended);
        }
    }
}
