package concierge.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import concierge.model.Digest;
import concierge.model.Intent;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.View;
import concierge.store.Batch;
import concierge.store.CommitResult;
import concierge.store.Entry;
import concierge.store.Page;
import concierge.store.Store;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LiveViewTest {
    private static final ServiceSpec SPEC = ServiceSpec.of("web");
    private static final ServiceId WEB = ServiceId.parse("shop/default/web");

    private final MemoryStore store = new MemoryStore(InstantSource.system());
    private final AtomicInteger commits = new AtomicInteger();

    @AfterEach
    void close() {
        store.close();
    }

    private long want(ServiceId id, int scale) {
        Transaction.Builder to = Transaction.id("c" + commits.incrementAndGet());
        Writes.spec(to, SPEC);
        Writes.intent(to, id, Intent.of(Codec.digest(SPEC), scale, "1"));
        return ((CommitResult.Committed) store.commit(to.build())).revision();
    }

    @Test
    void whoAwaitsARevisionSeesWhatWasCommittedThere() throws Exception {
        want(WEB, 1);
        try (LiveView live = new LiveView(store)) {
            assertThat(live.view().service(WEB).orElseThrow().intent().orElseThrow().scale()).isOne();
            for (int i = 2; i < 100; i++) {
                assertThat(live.await(want(WEB, i), Duration.ofSeconds(10))).isTrue();
                assertThat(live.view().service(WEB).orElseThrow().intent().orElseThrow().scale()).isEqualTo(i);
            }
            assertThat(live.await(store.revision() + 1, Duration.ofMillis(20))).isFalse();
            store.commit(Transaction.id("bad").put(Keys.proc(WEB), "rubbish").build());
            assertThat(live.await(store.revision(), Duration.ofSeconds(10))).isTrue();
            assertThat(live.problems()).hasSize(1);
        }
    }

    @Test
    void aSubscriberHearsTheViewAtOnceAndItsNewestStateAfterChanges() throws Exception {
        try (LiveView live = new LiveView(store)) {
            List<View> told = new CopyOnWriteArrayList<>();
            AutoCloseable subscription = live.subscribe(told::add);
            await().until(() -> told.size() == 1);
            for (int i = 0; i < 500; i++) want(WEB, i);
            await().until(() -> told.getLast().revision() == store.revision());
            assertThat(told).extracting(View::revision).isSorted().doesNotHaveDuplicates();
            subscription.close();
            int before = told.size();
            assertThat(live.await(want(WEB, 1), Duration.ofSeconds(10))).isTrue();
            assertThat(told).hasSize(before);
        }
    }

    @Test
    void aViewThatFellBehindIsListedAnew() throws Exception {
        Interrupted interrupted = new Interrupted(store);
        try (LiveView live = new LiveView(interrupted)) {
            long missed = want(WEB, 7);
            interrupted.watchers.getFirst().compacted(0);
            assertThat(live.await(missed, Duration.ofSeconds(10))).isTrue();
            assertThat(live.view().service(WEB)).isPresent();
            assertThat(interrupted.watchers).hasSize(2);
            want(ServiceId.parse("shop/default/db"), 1);
            interrupted.watchers.getLast().changed(new Batch(store.revision(), List.of(new Batch.Change(Keys.spec(Digest.of("x")), Optional.empty()))));
            assertThat(live.view().revision()).isEqualTo(store.revision());
        }
    }

    /** Lists, but never tells a watcher anything by itself. */
    private record Interrupted(Store store, List<Store.Watcher> watchers) implements Store {
        Interrupted(Store store) {
            this(store, new ArrayList<>());
        }

        @Override
        public long revision() {
            return store.revision();
        }

        @Override
        public Optional<Entry> find(String key) {
            return store.find(key);
        }

        @Override
        public Page list(String prefix, String after, int limit, long revision) {
            return store.list(prefix, after, limit, revision);
        }

        @Override
        public CommitResult commit(Transaction transaction) {
            return store.commit(transaction);
        }

        @Override
        public OptionalLong committed(String id) {
            return store.committed(id);
        }

        @Override
        public Watch watch(String prefix, long after, Watcher watcher) {
            watchers.add(watcher);
            return () -> {};
        }

        @Override
        public Lease grant(Duration timeToLive) {
            return store.grant(timeToLive);
        }

        @Override
        public void close() {}
    }
}
