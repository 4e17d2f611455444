package concierge.store.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import concierge.store.Admission;
import concierge.store.Batch;
import concierge.store.CommitResult;
import concierge.store.Entry;
import concierge.store.Limits;
import concierge.store.Page;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import concierge.store.Value;
import concierge.testing.EtcdServers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What befalls a cluster of real members. */
class EtcdClusterIT {
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private static EtcdStore open(EtcdServers etcd, String prefix) {
        return EtcdStore.open(EtcdSettings.at(etcd.address(prefix)), Admission.ANY);
    }

    private static long put(Store store, String id, String key, String value) {
        CommitResult result = store.commit(Transaction.id(id).put(key, value).build());
        assertThat(result).isInstanceOf(CommitResult.Committed.class);
        return ((CommitResult.Committed) result).revision();
    }

    /** What a watch told, as a whole. */
    private static final class Followed implements Store.Watcher {
        private final List<Batch> batches = new ArrayList<>();
        private long compacted = -1;

        @Override
        public synchronized void changed(Batch batch) {
            batches.add(batch);
        }

        @Override
        public synchronized void compacted(long oldestKept) {
            compacted = oldestKept;
        }

        synchronized List<Batch> batches() {
            return List.copyOf(batches);
        }

        synchronized long compactedAt() {
            return compacted;
        }

        /** The tree that follows from what was told. */
        synchronized Map<String, Entry> tree() {
            Map<String, Entry> tree = new TreeMap<>();
            for (Batch batch : batches) for (Batch.Change change : batch.changes()) {
                change.entry().ifPresentOrElse(entry -> tree.put(change.key(), entry), () -> tree.remove(change.key()));
            }
            return tree;
        }
    }

    @Test
    void theLeaderIsKilledWhileEightThreadsCommitAndNothingIsLostOrDoubled() throws Exception {
        try (EtcdServers etcd = EtcdServers.start(folder, 3); EtcdStore store = open(etcd, "/c")) {
            Followed followed = new Followed();
            store.watch("/", store.revision(), followed);
            Map<String, Long> acknowledged = new ConcurrentHashMap<>();
            AtomicInteger unknown = new AtomicInteger();
            AtomicBoolean enough = new AtomicBoolean();
            try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
                for (int thread = 0; thread < 8; thread++) {
                    String own = "/n/" + thread;
                    threads.submit(() -> {
                        for (int i = 0; !enough.get(); i++) countUp(store, own, i, acknowledged, unknown);
                    });
                }
                for (int round = 0; round < 2; round++) {
                    int before = acknowledged.size();
                    await().atMost(LONG).until(() -> acknowledged.size() > before + 200);
                    int leader = etcd.leader();
                    etcd.kill(leader);
                    int meanwhile = acknowledged.size();
                    await().atMost(LONG).until(() -> acknowledged.size() > meanwhile + 200);
                    etcd.start(leader);
                    etcd.awaitHealthy();
                }
                enough.set(true);
            }
            Map<String, Entry> now = new TreeMap<>();
            for (Entry entry : store.list("/", "", Limits.PAGE, 0).entries()) now.put(entry.key(), entry);
            acknowledged.forEach((id, revision) -> assertThat(store.committed(id)).as(id).hasValue(revision));
            // Each thread counts its own key up by one a commit: one that was lost or done twice shows in it.
            long counted = now.values().stream().mapToLong(entry -> Long.parseLong(entry.value().text())).sum();
            assertThat(counted).isBetween((long) acknowledged.size(), (long) acknowledged.size() + unknown.get());
            await().atMost(LONG).untilAsserted(() -> assertThat(followed.tree()).isEqualTo(now));
            assertThat(followed.batches()).extracting(Batch::revision).isSorted().doesNotHaveDuplicates().containsAll(acknowledged.values());
            assertThat(followed.compactedAt()).isNegative();
        }
    }

    private static void countUp(EtcdStore store, String key, int round, Map<String, Long> acknowledged, AtomicInteger unknown) {
        String id = key + "-" + round;
        Optional<Entry> now;
        try {
            now = store.find(key);
            int count = now.map(entry -> Integer.parseInt(entry.value().text())).orElse(0);
            CommitResult result = store.commit(Transaction.id(id)
                    .compare(key, Transaction.Field.modified, now.map(Entry::modified).orElse(0L))
                    .put(key, Integer.toString(count + 1))
                    .build());
            switch (result) {
                case CommitResult.Committed(long revision) -> acknowledged.put(id, revision);
                case CommitResult.Unknown _ -> unknown.incrementAndGet();
                case CommitResult.Conflict _ -> assertThat(unknown.get()).as("only a commit in doubt can have come between").isPositive();
            }
        } catch (StoreException _) {
            // Refused or not sent: it did not happen, which the count shows.
        }
    }

    @Test
    void allMembersGoAndComeBack() {
        try (EtcdServers etcd = EtcdServers.start(folder, 3)) {
            EtcdSettings settings = EtcdSettings.at(etcd.address("/c")).withPatience(Duration.ofSeconds(3));
            try (EtcdStore store = EtcdStore.open(settings, Admission.ANY)) {
                Followed followed = new Followed();
                store.watch("/", store.revision(), followed);
                long before = put(store, "before", "/k", "1");
                for (int member = 0; member < 3; member++) etcd.kill(member);
                long asked = System.nanoTime();
                assertThatThrownBy(() -> store.find("/k")).isInstanceOf(StoreException.class)
                        .hasMessageContaining("no answer from").hasMessageContaining("Connection refused").hasMessageContaining("whether etcd runs");
                assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(6));
                assertThatThrownBy(() -> store.commit(Transaction.id("never").put("/k", "x").build())).isInstanceOf(StoreException.class);
                assertThatThrownBy(() -> EtcdStore.open(settings, Admission.ANY)).isInstanceOf(StoreException.class);
                for (int member = 0; member < 3; member++) etcd.start(member);
                etcd.awaitHealthy();
                assertThat(store.committed("never")).isEmpty();
                long after = put(store, "after", "/k", "2");
                await().atMost(LONG).until(() -> followed.batches().size() == 2);
                assertThat(followed.batches()).extracting(Batch::revision).containsExactly(before, after);
            }
        }
    }

    @Test
    void aHangingMemberIsLeftForAnotherOne() {
        try (EtcdServers etcd = EtcdServers.start(folder, 3); EtcdStore store = open(etcd, "/c")) {
            Followed followed = new Followed();
            store.watch("/", store.revision(), followed);
            put(store, "1", "/k", "1");
            await().atMost(LONG).until(() -> followed.batches().size() == 1);
            // Both the calls and the watch are at the first member.
            etcd.pause(0);
            try {
                put(store, "2", "/k", "2");
                await().atMost(LONG).until(() -> followed.batches().size() == 2);
            } finally {
                etcd.resume(0);
            }
            put(store, "3", "/k", "3");
            await().atMost(LONG).until(() -> followed.batches().size() == 3);
            assertThat(followed.batches()).extracting(Batch::revision).isSorted().doesNotHaveDuplicates();
        }
    }

    @Test
    void twoStoresWithPrefixesOfTheirOwnDoNotMeet() {
        try (EtcdServers etcd = EtcdServers.start(folder, 1); EtcdStore one = open(etcd, "/one"); EtcdStore two = open(etcd, "/two")) {
            Followed followed = new Followed();
            one.watch("", one.revision(), followed);
            put(one, "same id", "/k", "1");
            assertThat(two.committed("same id")).isEmpty();
            put(two, "same id", "/k", "2");
            put(two, "other", "/l", "2");
            put(one, "last", "/z", "1");
            assertThat(one.list("", "", Limits.PAGE, 0).entries()).extracting(Entry::key).containsExactly("/k", "/z");
            assertThat(two.find("/k").orElseThrow().value().text()).isEqualTo("2");
            await().atMost(LONG).until(() -> followed.batches().size() == 2);
            assertThat(followed.batches()).flatExtracting(Batch::changes).extracting(Batch.Change::key).containsExactly("/k", "/z");
        }
    }

    @Test
    void outOfSpaceIsExplainedAndOverAsSoonAsThereIsRoom() {
        try (EtcdServers etcd = EtcdServers.start(folder, 1, "--quota-backend-bytes", String.valueOf(16 << 20)); EtcdStore store = open(etcd, "/c")) {
            Value large = Value.of(new byte[Limits.BYTES - 100]);
            AtomicInteger written = new AtomicInteger();
            assertThatThrownBy(() -> {
                for (int i = 0; i < 40; i++, written.incrementAndGet()) store.commit(Transaction.id("l" + i).put("/l", large).build());
            }).isInstanceOf(StoreException.Full.class).hasMessageContaining("out of space").hasMessageContaining("alarm disarm");
            assertThat(store.find("/l")).isPresent();
            assertThat(store.committed("l" + written.get())).isEmpty();
            etcd.control("compact", Long.toString(store.revision()));
            etcd.control("defrag");
            etcd.control("alarm", "disarm");
            put(store, "l" + written.get(), "/l", "small again");
        }
    }

    @Test
    void compactionLeavesAWatchAloneUnlessItMissesSomething() {
        try (EtcdServers etcd = EtcdServers.start(folder, 1)) {
            EtcdSettings shared = EtcdSettings.at(etcd.address("/c")).withHistory(0);
            try (EtcdStore store = EtcdStore.open(shared, Admission.ANY)) {
                Followed followed = new Followed();
                store.watch("/", store.revision(), followed);
                put(store, "1", "/k", "1");
                long second = put(store, "2", "/k", "2");
                etcd.control("compact", Long.toString(second));
                long third = put(store, "3", "/k", "3");
                await().atMost(LONG).until(() -> followed.batches().size() == 3);
                assertThat(followed.compactedAt()).isNegative();

                etcd.kill(0);
                etcd.start(0);
                etcd.awaitHealthy();
                // Changed and compacted by others before the watch is back, or after: it must say or tell so.
                etcd.control("put", "/c/k", "4");
                etcd.control("put", "/c/k", "5");
                long now = store.revision();
                etcd.control("compact", Long.toString(now));
                await().atMost(LONG).until(() -> followed.compactedAt() == now || followed.batches().size() == 5);
                assertThat(third).isPositive();
            }
        }
    }

    @Test
    void historyIsKeptWhereEtcdIsShared() throws Exception {
        try (EtcdServers etcd = EtcdServers.start(folder, 1)) {
            EtcdSettings shared = EtcdSettings.at(etcd.address("/c")).withHistory(0);
            try (EtcdStore store = EtcdStore.open(shared, Admission.ANY)) {
                long first = put(store, "first", "/k", "first");
                try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
                    for (int i = 0; i < 400; i++) {
                        String id = "i" + i;
                        threads.submit(() -> put(store, id, "/k", id));
                    }
                    threads.shutdown();
                    assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
                }
                Page old = store.list("/", "", 10, first);
                assertThat(old.entries()).extracting(entry -> entry.value().text()).containsExactly("first");
            }
        }
    }

    @Test
    void aStoreThatIsNotAdmittedIsLeftAsItIs() {
        try (EtcdServers etcd = EtcdServers.start(folder, 1)) {
            etcd.control("put", "/c/meta/format", "99");
            EtcdSettings settings = EtcdSettings.at(etcd.address("/c"));
            assertThatThrownBy(() -> EtcdStore.open(settings, find -> {
                throw new StoreException("format " + find.apply("/meta/format").orElseThrow().value().text());
            })).hasMessage("format 99");
            assertThat(etcd.control("get", "--prefix", "--keys-only", "").lines().filter(line -> !line.isBlank())).containsExactly("/c/meta/format");
        }
    }
}
