package concierge.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.store.Batch;
import concierge.store.Store;
import concierge.store.StoreContract;
import concierge.store.Transaction;
import concierge.store.Value;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class MemoryStoreTest extends StoreContract {
    @Override
    protected Store open(int history) {
        return new MemoryStore(InstantSource.system(), false, history);
    }

    @Override
    protected AutoCloseable trouble() {
        return () -> {};
    }

    @Test
    void aPumpedStoreTellsNothingAndEndsNoLeaseUntilItIsPumped() {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
        MemoryStore pumped = MemoryStore.pumped(now::get);
        List<String> told = new ArrayList<>();
        pumped.watch("/", 0, new Listener("a", told));
        pumped.watch("/", 0, new Listener("b", told));
        Store.Lease lease = pumped.grant(Duration.ofSeconds(5));
        pumped.commit(Transaction.id("1").put("/k", Value.EMPTY, lease.id()).build());
        pumped.commit(Transaction.id("2").put("/l", "").build());
        assertThat(told).isEmpty();
        assertThat(pumped.pumpOne(1)).isTrue();
        assertThat(told).containsExactly("b1");
        assertThat(pumped.pump()).isEqualTo(3);
        assertThat(told).containsExactly("b1", "a1", "a2", "b2");
        now.set(Instant.EPOCH.plusSeconds(5));
        assertThat(pumped.find("/k")).isPresent();
        assertThat(pumped.pump()).isEqualTo(2);
        assertThat(pumped.find("/k")).isEmpty();
        assertThat(pumped.pumpOne(0)).isFalse();
        pumped.watch("/", 1, new Listener("c", told));
        pumped.pump();
        assertThat(told).endsWith("c2", "c3");
        pumped.close();
        assertThat(pumped.pump()).isEqualTo(3);
        assertThat(told).endsWith("a closed", "b closed", "c closed");
    }

    private record Listener(String name, List<String> told) implements Store.Watcher {
        @Override
        public void changed(Batch batch) {
            told.add(name + batch.revision());
        }

        @Override
        public void compacted(long oldestKept) {
            told.add(name + " compacted");
        }

        @Override
        public void closed() {
            told.add(name + " closed");
        }
    }
}
