package concierge.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import concierge.store.Transaction.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store must do. A store's own test extends it. */
public abstract class StoreContract {
    protected Store store;
    /** The revision at which the store was still empty; only a store of one's own begins with 0. */
    protected long start;

    /** An empty store that keeps about {@code history} commits. */
    protected abstract Store open(int history) throws Exception;

    /** Until it is closed, commits meet what can befall this store's medium; nothing, where there is none. */
    protected abstract AutoCloseable trouble() throws Exception;

    @BeforeEach
    void openStore() throws Exception {
        store = open(200);
        start = store.revision();
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    private static final AtomicInteger IDS = new AtomicInteger();

    private static Transaction.Builder transaction() {
        return Transaction.id("t" + IDS.incrementAndGet());
    }

    protected long put(String key, String value) {
        return committed(store.commit(transaction().put(key, value).build()));
    }

    private long delete(String key) {
        return committed(store.commit(transaction().delete(key).build()));
    }

    private static long committed(CommitResult result) {
        assertThat(result).isInstanceOf(CommitResult.Committed.class);
        return ((CommitResult.Committed) result).revision();
    }

    private List<String> keys(String prefix) {
        return store.list(prefix, "", Limits.PAGE, 0).entries().stream().map(Entry::key).toList();
    }

    // ---- commits

    @Test
    void everyCommitGetsALaterRevisionAndEntriesTellTheirs() {
        long first = put("/a", "1");
        long second = put("/a", "2");
        assertThat(first).isGreaterThan(start);
        assertThat(second).isGreaterThan(first).isEqualTo(store.revision());
        assertThat(store.find("/a")).contains(new Entry("/a", Value.of("2"), first, second));
        delete("/a");
        assertThat(store.find("/a")).isEmpty();
        long again = put("/a", "3");
        assertThat(store.find("/a").orElseThrow().created()).isEqualTo(again);
    }

    @Test
    void aTransactionHappensAsAWholeOrNotAtAll() {
        put("/x", "1");
        long before = store.revision();
        CommitResult refused = store.commit(transaction().absent("/y").absent("/x").put("/y", "1").delete("/x").build());
        assertThat(refused).isEqualTo(new CommitResult.Conflict("/x"));
        assertThat(store.revision()).isEqualTo(before);
        assertThat(keys("/")).containsExactly("/x");
        committed(store.commit(transaction().absent("/y").put("/y", "1").delete("/x").build()));
        assertThat(keys("/")).containsExactly("/y");
    }

    @Test
    void comparesLookAtCreationAndModification() {
        long created = put("/k", "1");
        long modified = put("/k", "2");
        assertThat(store.commit(transaction().compare("/k", Field.created, modified).put("/o", "").build())).isEqualTo(new CommitResult.Conflict("/k"));
        assertThat(store.commit(transaction().compare("/k", Field.modified, created).put("/o", "").build())).isEqualTo(new CommitResult.Conflict("/k"));
        assertThat(store.commit(transaction().compare("/none", Field.modified, 1).put("/o", "").build())).isEqualTo(new CommitResult.Conflict("/none"));
        committed(store.commit(transaction().compare("/k", Field.created, created).compare("/k", Field.modified, modified)
                .compare("/none", Field.modified, 0).absent("/none").put("/o", "").build()));
        assertThat(store.commit(transaction().absent("/k").build())).isEqualTo(new CommitResult.Conflict("/k"));
    }

    @Test
    void aTransactionIsNeverAppliedTwice() {
        Transaction once = Transaction.id("once").put("/k", "1").build();
        assertThat(store.committed("once")).isEmpty();
        long revision = committed(store.commit(once));
        put("/k", "2");
        assertThat(committed(store.commit(once))).isEqualTo(revision);
        assertThat(store.find("/k").orElseThrow().value()).isEqualTo(Value.of("2"));
        assertThat(store.committed("once")).hasValue(revision);
    }

    @Test
    void aRepeatedTransactionIsCommittedEvenIfItsComparesNoLongerHold() {
        Transaction once = Transaction.id("create").absent("/k").put("/k", "1").build();
        long revision = committed(store.commit(once));
        assertThat(store.commit(once)).isEqualTo(new CommitResult.Committed(revision));
    }

    @Test
    void aRefusedTransactionMayBeTriedAgainUnderItsId() {
        put("/k", "1");
        Transaction later = Transaction.id("later").absent("/k").put("/k", "2").build();
        assertThat(store.commit(later)).isInstanceOf(CommitResult.Conflict.class);
        assertThat(store.committed("later")).isEmpty();
        delete("/k");
        committed(store.commit(later));
    }

    @Test
    void deletingWhatIsNotThereIsNoError() {
        committed(store.commit(transaction().delete("/none").build()));
        assertThat(keys("")).isEmpty();
    }

    // ---- limits

    @Test
    void takesExactlySoManyOperationsAndNoMore() {
        Transaction.Builder full = transaction();
        for (int i = 0; i < Limits.OPERATIONS; i++) full.put("/k" + i, "");
        Transaction.Builder over = transaction().delete("/gone");
        for (int i = 0; i < Limits.OPERATIONS; i++) over.put("/o" + i, "");
        committed(store.commit(full.build()));
        assertThat(keys("/k")).hasSize(Limits.OPERATIONS);
        assertThatThrownBy(() -> store.commit(over.build())).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("128").hasMessageContaining("127");
        assertThat(keys("/o")).isEmpty();
    }

    @Test
    void takesExactlySoManyComparesAndNoMore() {
        Transaction.Builder full = transaction().put("/full", "");
        for (int i = 0; i < Limits.COMPARES; i++) full.absent("/c" + i).absent("/c0");
        Transaction.Builder over = transaction().put("/over", "");
        for (int i = 0; i <= Limits.COMPARES; i++) over.absent("/c" + i);
        committed(store.commit(full.build()));
        put("/c" + (Limits.COMPARES - 1), "");
        Transaction.Builder last = transaction().put("/last", "");
        for (int i = 0; i < Limits.COMPARES; i++) last.absent("/c" + i);
        assertThat(store.commit(last.build())).isEqualTo(new CommitResult.Conflict("/c" + (Limits.COMPARES - 1)));
        assertThatThrownBy(() -> store.commit(over.build())).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("compares: 128").hasMessageContaining("127");
        assertThat(keys("/")).containsExactly("/c" + (Limits.COMPARES - 1), "/full");
    }

    @Test
    void takesExactlySoManyBytesAndNoMore() {
        String key = "/ü";
        int room = Limits.BYTES - 3;
        committed(store.commit(transaction().put(key, Value.of(new byte[room])).build()));
        assertThat(store.find(key).orElseThrow().value().length()).isEqualTo(room);
        assertThatThrownBy(() -> store.commit(transaction().put(key, Value.of(new byte[room + 1])).build()))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining(String.valueOf(Limits.BYTES));
    }

    @Test
    void refusesKeysThatNoStoreCanKeepAndKeysNamedTwice() {
        for (String key : List.of("", "a\0b", "a\ud800")) {
            assertThatThrownBy(() -> put(key, "")).as(key).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> store.commit(transaction().put("/k", "").delete("/k").build())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.commit(transaction().put("/k", "1").put("/k", "2").build())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.list("/", "", 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.list("/", "", Limits.PAGE + 1, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void keepsAnyBytesAsTheyAre() {
        byte[] all = new byte[256];
        for (int i = 0; i < 256; i++) all[i] = (byte) i;
        committed(store.commit(transaction().put("/bytes", Value.of(all)).put("/empty", Value.EMPTY).build()));
        assertThat(store.find("/bytes").orElseThrow().value()).isEqualTo(Value.of(all));
        assertThat(store.find("/empty").orElseThrow().value()).isEqualTo(Value.EMPTY);
    }

    // ---- listing

    @Test
    void pagesShowOneRevisionWhateverIsCommittedMeanwhile() {
        for (int i = 0; i < 7; i++) put("/p/" + i, "old");
        Page first = store.list("/p/", "", 3, 0);
        put("/p/1", "new");
        put("/p/3x", "new");
        delete("/p/5");
        put("/p/6", "new");
        List<Entry> all = new ArrayList<>(first.entries());
        for (Page page = first; page.more(); ) {
            page = store.list("/p/", page.entries().getLast().key(), 3, first.revision());
            assertThat(page.revision()).isEqualTo(first.revision());
            all.addAll(page.entries());
        }
        assertThat(all).extracting(Entry::key).containsExactly("/p/0", "/p/1", "/p/2", "/p/3", "/p/4", "/p/5", "/p/6");
        assertThat(all).extracting(entry -> entry.value().text()).containsOnly("old");
        assertThat(keys("/p/")).containsExactly("/p/0", "/p/1", "/p/2", "/p/3", "/p/3x", "/p/4", "/p/6");
    }

    @Test
    void eachGivesAllPagesAsTheyWereWhenItBegan() {
        int count = Limits.PAGE + 1;
        for (int from = 0; from < count; from += Limits.OPERATIONS) {
            Transaction.Builder chunk = transaction();
            for (int i = from; i < Math.min(count, from + Limits.OPERATIONS); i++) chunk.put("/e/%05d".formatted(i), "old");
            committed(store.commit(chunk.build()));
        }
        List<String> keys = new ArrayList<>();
        store.each("/e/", 0, entry -> {
            if (keys.isEmpty()) {
                delete("/e/%05d".formatted(count - 1));
                put("/e/z", "new");
            }
            keys.add(entry.key());
        });
        assertThat(keys).hasSize(count).isSorted().endsWith("/e/%05d".formatted(count - 1));
    }

    @Test
    void moreIsSaidOnlyWhenMoreFollows() {
        for (int i = 0; i < 4; i++) put("/m/" + i, "");
        put("/n", "");
        assertThat(store.list("/m/", "", 4, 0).more()).isFalse();
        assertThat(store.list("/m/", "", 3, 0).more()).isTrue();
        assertThat(store.list("/m/", "/m/3", 3, 0).entries()).isEmpty();
        assertThat(store.list("/none", "", 3, 0).entries()).isEmpty();
    }

    @Test
    void keysAreOrderedByTheirUtf8Bytes() {
        List<String> ordered = List.of("/a", "/a/", "/a/b", "/a0", "/ab", "/z", "/ä", "/ж", "/\ufffd", "/\ud83d\ude00", "/\ud83d\ude01");
        for (String key : ordered.reversed()) put(key, "");
        assertThat(keys("/")).isEqualTo(ordered);
        assertThat(keys("")).isEqualTo(ordered);
        assertThat(store.list("/", "/\ufffd", 1, 0).entries()).extracting(Entry::key).containsExactly("/\ud83d\ude00");
    }

    @Test
    void aPrefixIsAPrefixAndNotAPattern() {
        for (String key : List.of("/a%", "/a%b", "/a_", "/ab", "/a", "/A", "/a\uffff", "/a\udbff\udfff", "/a\udbff\udfffx", "/b")) put(key, "");
        assertThat(keys("/a%")).containsExactly("/a%", "/a%b");
        assertThat(keys("/a_")).containsExactly("/a_");
        assertThat(keys("/a\udbff\udfff")).containsExactly("/a\udbff\udfff", "/a\udbff\udfffx");
        assertThat(keys("/a")).hasSize(8).doesNotContain("/b", "/A");
    }

    @Test
    void aRevisionThatIsNotKeptIsSaidToBeCompacted() {
        put("/c", "0");
        long old = store.revision();
        for (int i = 1; i <= 500; i++) put("/c", "" + i);
        await().until(() -> isCompacted(old));
        assertThat(store.find("/c").orElseThrow().value().text()).isEqualTo("500");
        assertThat(keys("/c")).hasSize(1);
    }

    private boolean isCompacted(long revision) {
        try {
            store.list("/c", "", 10, revision);
            return false;
        } catch (CompactedException e) {
            assertThat(e).hasMessageContaining("revision " + revision);
            return true;
        }
    }

    // ---- watching

    /** Remembers everything it is told. */
    protected static final class Recorder implements Store.Watcher {
        private final List<Batch> batches = new ArrayList<>();
        private long compacted = -1;
        private int closed;
        private final CountDownLatch release;

        Recorder() {
            this(new CountDownLatch(0));
        }

        /** Blocks in its first call until released. */
        Recorder(CountDownLatch release) {
            this.release = release;
        }

        @Override
        public void changed(Batch batch) {
            try {
                release.await(30, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            synchronized (this) {
                batches.add(batch);
            }
        }

        @Override
        public synchronized void compacted(long oldestKept) {
            compacted = oldestKept;
        }

        @Override
        public synchronized void closed() {
            closed++;
        }

        synchronized List<Batch> batches() {
            return List.copyOf(batches);
        }

        synchronized long compactedAt() {
            return compacted;
        }

        synchronized int closedCalls() {
            return closed;
        }

        List<Long> revisions() {
            return batches().stream().map(Batch::revision).toList();
        }
    }

    @Test
    void aWatchTellsWhatCameAfterItsRevisionWholeAndInOrder() {
        put("/w/before", "");
        long start = store.revision();
        long past = committed(store.commit(transaction().put("/w/b", "2").put("/w/a", "1").put("/other", "").build()));
        put("/elsewhere", "");
        Recorder recorder = new Recorder();
        store.watch("/w/", start, recorder);
        long deleted = committed(store.commit(transaction().delete("/w/a").delete("/w/none").build()));
        await().until(() -> recorder.batches().size() == 2);
        assertThat(recorder.batches().get(0)).isEqualTo(new Batch(past, List.of(
                new Batch.Change("/w/a", Optional.of(new Entry("/w/a", Value.of("1"), past, past))),
                new Batch.Change("/w/b", Optional.of(new Entry("/w/b", Value.of("2"), past, past))))));
        assertThat(recorder.batches().get(1)).isEqualTo(new Batch(deleted, List.of(new Batch.Change("/w/a", Optional.empty()))));
    }

    @Test
    void aWatchFromTheFutureTellsNothingBefore() {
        Recorder recorder = new Recorder();
        long later = store.revision() + 3;
        store.watch("/", later, recorder);
        for (int i = 0; i < 5; i++) put("/k", "" + i);
        await().until(() -> recorder.batches().size() == 2);
        assertThat(recorder.revisions()).containsExactly(later + 1, later + 2);
    }

    @Test
    void betweenListingAndWatchingNothingIsLostOrDoubled() throws Exception {
        Thread writer = Thread.ofVirtual().start(() -> IntStream.range(0, 150).forEach(i -> put("/g/" + i, "")));
        Page page = store.list("/g/", "", Limits.PAGE, 0);
        Recorder recorder = new Recorder();
        store.watch("/g/", page.revision(), recorder);
        writer.join();
        await().until(() -> page.entries().size() + recorder.batches().size() >= 150);
        List<String> seen = new ArrayList<>(page.entries().stream().map(Entry::key).toList());
        recorder.batches().forEach(batch -> batch.changes().forEach(change -> seen.add(change.key())));
        assertThat(seen).hasSize(150).doesNotHaveDuplicates();
        assertThat(recorder.revisions()).isSorted();
    }

    @Test
    void aWatchFromACompactedRevisionSaysSo() {
        long old = put("/c", "");
        for (int i = 0; i < 500; i++) put("/c", "" + i);
        await().until(() -> isCompacted(old));
        Recorder recorder = new Recorder();
        store.watch("/c", old, recorder);
        await().until(() -> recorder.compactedAt() > old);
        put("/c", "last");
        assertThat(recorder.batches()).isEmpty();
    }

    @Test
    void aWatcherThatFallsBehindListsAnewAndDisturbsNobody() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        Recorder slow = new Recorder(release);
        Recorder other = new Recorder();
        store.watch("/s", start, slow);
        store.watch("/s", start, other);
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 64; i++) callers.submit(() -> IntStream.range(0, Limits.WATCH_BACKLOG / 64 + 10).forEach(n -> put("/s", "" + n)));
        }
        // Not the store's revision: a lease of another test may end in between.
        long last = store.find("/s").orElseThrow().modified();
        await().atMost(Duration.ofSeconds(30)).until(() -> other.compactedAt() >= 0 || other.revisions().getLast() == last);
        release.countDown();
        await().until(() -> slow.compactedAt() >= 0);
        assertThat(slow.batches().size()).isLessThanOrEqualTo(1);
        assertThat(slow.compactedAt()).isPositive();
    }

    @Test
    void aClosedWatchTellsNothingMore() {
        Recorder recorder = new Recorder();
        Recorder other = new Recorder();
        Store.Watch watch = store.watch("/", start, recorder);
        store.watch("/", start, other);
        put("/k", "1");
        await().until(() -> recorder.batches().size() == 1);
        watch.close();
        watch.close();
        put("/k", "2");
        await().until(() -> other.batches().size() == 2);
        assertThat(recorder.batches()).hasSize(1);
        assertThat(recorder.closedCalls()).isZero();
    }

    @Test
    void aWatcherMayCommitAndAFailingOneHurtsNobody() {
        Recorder recorder = new Recorder();
        store.watch("/", start, new Store.Watcher() {
            @Override
            public void changed(Batch batch) {
                if (batch.changes().getFirst().key().equals("/ask")) put("/answer", "");
                throw new IllegalStateException("on purpose");
            }

            @Override
            public void compacted(long oldestKept) {}
        });
        store.watch("/answer", start, recorder);
        put("/ask", "1");
        put("/ask", "2");
        await().until(() -> recorder.batches().size() == 2);
    }

    // ---- leases

    @Test
    void theKeysOfARevokedLeaseVanishInOneCommit() {
        Store.Lease lease = store.grant(Duration.ofSeconds(60));
        assertThat(lease.timeToLive()).isEqualTo(Duration.ofSeconds(60));
        for (int i = 0; i < 200; i++) committed(store.commit(transaction().put("/l/" + i, Value.EMPTY, lease.id()).build()));
        put("/l/kept", "");
        Recorder recorder = new Recorder();
        store.watch("/l/", store.revision(), recorder);
        lease.revoke();
        await().until(() -> recorder.batches().size() == 1);
        assertThat(recorder.batches().getFirst().changes()).hasSize(200);
        assertThat(keys("/l/")).containsExactly("/l/kept");
        assertThat(lease.keepAlive()).isFalse();
        lease.revoke();
    }

    @Test
    void aLeaseThatIsNotKeptAliveExpiresAndOneThatIsDoesNot() {
        Store.Lease left = store.grant(Limits.SHORTEST_LEASE);
        Store.Lease kept = store.grant(Limits.SHORTEST_LEASE);
        committed(store.commit(transaction().put("/left", Value.EMPTY, left.id()).put("/kept", Value.EMPTY, kept.id()).build()));
        await().atMost(Duration.ofSeconds(10)).pollInterval(Duration.ofMillis(200)).until(() -> {
            assertThat(kept.keepAlive()).isTrue();
            return store.find("/left").isEmpty();
        });
        assertThat(store.find("/kept")).isPresent();
        assertThat(left.keepAlive()).isFalse();
    }

    @Test
    void aKeyLivesUnderTheLeaseThatPutItLast() {
        Store.Lease first = store.grant(Duration.ofSeconds(60));
        Store.Lease second = store.grant(Duration.ofSeconds(60));
        for (String key : List.of("/a", "/b", "/c", "/d")) committed(store.commit(transaction().put(key, Value.EMPTY, first.id()).build()));
        put("/a", "without");
        committed(store.commit(transaction().put("/b", Value.EMPTY, second.id()).build()));
        delete("/c");
        put("/c", "without");
        first.revoke();
        assertThat(keys("/")).containsExactly("/a", "/b", "/c");
        second.revoke();
        assertThat(keys("/")).containsExactly("/a", "/c");
    }

    @Test
    void nothingIsPutUnderALeaseThatHasEnded() {
        Store.Lease lease = store.grant(Duration.ofSeconds(60));
        lease.revoke();
        assertThat(store.commit(transaction().put("/fine", "").put("/late", Value.EMPTY, lease.id()).build())).isEqualTo(new CommitResult.Conflict("/late"));
        assertThat(keys("/")).isEmpty();
        assertThatThrownBy(() -> store.grant(Limits.SHORTEST_LEASE.minusMillis(1))).isInstanceOf(IllegalArgumentException.class);
    }

    // ---- many at once

    @Test
    void sixtyFourCommittersGetARevisionEachAndLoseNothing() throws Exception {
        ConcurrentSkipListSet<Long> revisions = new ConcurrentSkipListSet<>();
        AtomicInteger won = new AtomicInteger();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int caller = 0; caller < 64; caller++) {
                int own = caller;
                callers.submit(() -> {
                    for (int i = 0; i < 20; i++) {
                        revisions.add(put("/n/" + own + "/" + i, "" + i));
                        CommitResult race = store.commit(transaction().absent("/race/" + i).put("/race/" + i, "" + own).build());
                        if (race instanceof CommitResult.Committed) won.incrementAndGet();
                    }
                });
            }
        }
        assertThat(revisions).hasSize(64 * 20);
        assertThat(won).hasValue(20);
        assertThat(keys("/n/")).hasSize(64 * 20);
        assertThat(revisions.first()).isGreaterThan(start);
        assertThat(store.revision()).isGreaterThanOrEqualTo(start + 64 * 20 + 20).isGreaterThanOrEqualTo(revisions.last());
    }

    @Test
    void countingUpWithComparesLosesNoCount() throws Exception {
        put("/count", "0");
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int caller = 0; caller < 16; caller++) callers.submit(() -> IntStream.range(0, 10).forEach(_ -> countUp()));
        }
        assertThat(store.find("/count").orElseThrow().value().text()).isEqualTo("160");
    }

    private void countUp() {
        while (true) {
            Entry now = store.find("/count").orElseThrow();
            String next = String.valueOf(Integer.parseInt(now.value().text()) + 1);
            if (store.commit(transaction().compare("/count", Field.modified, now.modified()).put("/count", next).build()) instanceof CommitResult.Committed) return;
        }
    }

    // ---- trouble

    @Test
    void whateverTroubleAnswersACommitHappensOnceAndCanBeAskedForByItsId() throws Exception {
        Recorder recorder = new Recorder();
        store.watch("/", start, recorder);
        put("/before", "");
        Transaction troubled = transaction().absent("/t").put("/t", "x".repeat(10_000)).build();
        Optional<CommitResult> answer = Optional.empty();
        try (AutoCloseable _ = trouble()) {
            answer = Optional.of(store.commit(troubled));
        } catch (StoreException e) {
            assertThat(e).hasMessageNotContaining("closed");
        }
        assertThat(answer.filter(CommitResult.Conflict.class::isInstance)).isEmpty();
        OptionalLong told = await().atMost(Duration.ofSeconds(10)).ignoreExceptionsInstanceOf(StoreException.class)
                .until(() -> store.committed(troubled.id()), _ -> true);
        if (answer.isPresent() && answer.get() instanceof CommitResult.Committed(long revision)) assertThat(told).hasValue(revision);
        assertThat(store.find("/t").isPresent()).isEqualTo(told.isPresent());
        long again = committed(store.commit(troubled));
        if (told.isPresent()) assertThat(told).hasValue(again);
        assertThat(store.find("/t").orElseThrow().created()).isEqualTo(again);
        put("/after", "");
        await().until(() -> recorder.batches().size() == 3);
        assertThat(recorder.batches()).extracting(batch -> batch.changes().getFirst().key()).containsExactly("/before", "/t", "/after");
    }

    // ---- closing

    @Test
    void aClosedStoreTellsItsWatchersAndRefusesEverythingElse() {
        Recorder recorder = new Recorder();
        store.watch("/", start, recorder);
        Store.Lease lease = store.grant(Duration.ofSeconds(60));
        store.close();
        store.close();
        await().until(() -> recorder.closedCalls() == 1);
        assertThatThrownBy(() -> put("/k", "")).isInstanceOf(StoreException.class).hasMessageContaining("closed");
        assertThatThrownBy(() -> store.find("/k")).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> store.list("/", "", 1, 0)).isInstanceOf(StoreException.class);
        assertThatThrownBy(store::revision).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> store.watch("/", start, recorder)).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> store.grant(Duration.ofSeconds(60))).isInstanceOf(StoreException.class);
        assertThatThrownBy(lease::keepAlive).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> store.committed("t")).isInstanceOf(StoreException.class);
    }
}
