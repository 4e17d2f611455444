package concierge.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ElectionTest {
    private final MemoryStore store = new MemoryStore(InstantSource.system());
    private final List<Election> elections = new ArrayList<>();

    @AfterEach
    void close() {
        elections.forEach(Election::close);
        store.close();
    }

    private static final class Candidate implements Election.Listener {
        final List<String> told = new CopyOnWriteArrayList<>();
        volatile long fence;

        @Override
        public void elected(long fence) {
            this.fence = fence;
            told.add("elected");
        }

        @Override
        public void deposed(String reason) {
            told.add("deposed");
        }
    }

    private Election run(String name, Candidate candidate) {
        Election election = new Election(store, name, Duration.ofSeconds(2), candidate);
        elections.add(election);
        election.start();
        return election;
    }

    @Test
    void oneCandidateLeadsAndTheFenceIsItsKeysCreation() {
        Candidate a = new Candidate();
        Candidate b = new Candidate();
        Election first = run("a", a);
        await().until(() -> a.told.equals(List.of("elected")));
        run("b", b);
        assertThat(Election.leader(store)).contains("a");
        assertThat(store.find(Keys.LEADER).orElseThrow().created()).isEqualTo(a.fence);
        first.close();
        assertThat(a.told).containsExactly("elected", "deposed");
        await().atMost(Duration.ofSeconds(10)).until(() -> b.told.equals(List.of("elected")));
        assertThat(b.fence).isGreaterThan(a.fence);
        assertThat(Election.leader(store)).contains("b");
    }

    @Test
    void aLeaderStaysWhileItKeepsItsLeaseAndIsDeposedWhenItsKeyIsGone() {
        Candidate a = new Candidate();
        run("a", a);
        await().until(() -> a.told.size() == 1);
        long fence = a.fence;
        long start = System.nanoTime();
        await().atMost(Duration.ofSeconds(10)).until(() -> System.nanoTime() - start > Duration.ofMillis(3500).toNanos());
        assertThat(store.find(Keys.LEADER).orElseThrow().created()).as("longer than a lease lives").isEqualTo(fence);
        store.commit(Transaction.id("removed").delete(Keys.LEADER).build());
        await().atMost(Duration.ofSeconds(10)).until(() -> a.told.equals(List.of("elected", "deposed", "elected")));
        assertThat(a.fence).isGreaterThan(fence);
    }

    @Test
    void aStoreThatIsClosedDeposesTheLeader() {
        Candidate a = new Candidate();
        run("a", a);
        await().until(() -> a.told.size() == 1);
        store.close();
        await().atMost(Duration.ofSeconds(10)).until(() -> a.told.equals(List.of("elected", "deposed")));
    }
}
