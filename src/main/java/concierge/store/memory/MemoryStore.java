package concierge.store.memory;

import concierge.store.Batch;
import concierge.store.CommitResult;
import concierge.store.CompactedException;
import concierge.store.Entry;
import concierge.store.GrantedLease;
import concierge.store.KeyOrder;
import concierge.store.LeaseTable;
import concierge.store.Limits;
import concierge.store.Page;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import concierge.store.TransactionRules;
import concierge.store.WatchHub;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory. Its monitor guards everything; watchers are told outside of it. Either it runs by
 * itself (threads bring batches to watchers and end leases), or it is pumped: then nothing is told and no
 * lease ends but inside {@link #pump} and {@link #pumpOne}, on the caller's thread, so that a seeded
 * simulation decides the order of everything.
 */
public final class MemoryStore implements Store {
    /** Commits kept for watching and paging: a reader may be so far behind. */
    private static final int HISTORY = 10_000;

    private static final Comparator<Batch.Change> IN_KEY_ORDER = Comparator.comparing(Batch.Change::key, KeyOrder.COMPARATOR);

    private final NavigableMap<String, Version> versions = new TreeMap<>(KeyOrder.COMPARATOR);
    private final Deque<Batch> log = new ArrayDeque<>();
    private final Map<String, Long> committed = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > Limits.REMEMBERED_COMMITS;
        }
    };
    private final LeaseTable leases;
    private final WatchHub hub;
    private final int history;
    private long revision;
    private long compacted;
    private boolean closed;

    /** What a key was from a revision on, and what it was before as far as anybody may still ask. */
    private static final class Version {
        final long revision;
        final @Nullable Entry entry;
        @Nullable Version older;

        /** @param entry null: absent */
        Version(long revision, @Nullable Entry entry, @Nullable Version older) {
            this.revision = revision;
            this.entry = entry;
            this.older = older;
        }

        /** The version that counted at a revision; null: there was none yet, or it is forgotten. */
        @Nullable Version at(long revision) {
            @Nullable Version version = this;
            while (version != null && version.revision > revision) version = version.older;
            return version;
        }
    }

    /** A store that runs by itself. */
    public MemoryStore(InstantSource clock) {
        this(clock, false, HISTORY);
    }

    /** A store in which nothing happens unless it is pumped. */
    public static MemoryStore pumped(InstantSource clock) {
        return new MemoryStore(clock, true, HISTORY);
    }

    MemoryStore(InstantSource clock, boolean pumped, int history) {
        this.leases = new LeaseTable(clock, 0);
        this.history = history;
        this.hub = new WatchHub(new Log(), 0, pumped);
        if (!pumped) Thread.ofVirtual().name("memory store leases").start(this::endLeases);
    }

    @Override
    public synchronized long revision() {
        requireOpen();
        return revision;
    }

    @Override
    public synchronized Optional<Entry> find(String key) {
        requireOpen();
        return Optional.ofNullable(current(key));
    }

    @Override
    public synchronized Page list(String prefix, String after, int limit, long at) {
        requireOpen();
        TransactionRules.requirePage(limit);
        long from = at == 0 ? revision : at;
        if (from < compacted) throw new CompactedException(from, compacted);
        String start = KeyOrder.COMPARATOR.compare(after, prefix) > 0 ? after : prefix;
        List<Entry> entries = new ArrayList<>();
        for (Map.Entry<String, Version> slot : versions.tailMap(start, true).entrySet()) {
            if (!slot.getKey().startsWith(prefix)) break;
            if (!KeyOrder.isPast(slot.getKey(), after)) continue;
            @Nullable Version version = slot.getValue().at(from);
            if (version == null || version.entry == null) continue;
            if (entries.size() == limit) return new Page(entries, from, true);
            entries.add(version.entry);
        }
        return new Page(entries, from, false);
    }

    @Override
    public synchronized CommitResult commit(Transaction transaction) {
        requireOpen();
        TransactionRules.require(transaction);
        @Nullable Long before = committed.get(transaction.id());
        if (before != null) return new CommitResult.Committed(before);
        for (Transaction.Compare compare : transaction.compares()) {
            if (!holds(compare)) return new CommitResult.Conflict(compare.key());
        }
        for (Transaction.Put put : transaction.puts()) {
            if (!leases.isHeld(put.lease())) return new CommitResult.Conflict(put.key());
        }
        apply(transaction.puts(), transaction.deletes());
        committed.put(transaction.id(), revision);
        return new CommitResult.Committed(revision);
    }

    @Override
    public synchronized OptionalLong committed(String id) {
        requireOpen();
        @Nullable Long at = committed.get(id);
        return at == null ? OptionalLong.empty() : OptionalLong.of(at);
    }

    @Override
    public Watch watch(String prefix, long after, Watcher watcher) {
        return hub.watch(prefix, after, watcher);
    }

    @Override
    public synchronized Lease grant(Duration timeToLive) {
        requireOpen();
        long id = leases.grant(timeToLive);
        notifyAll();
        return new GrantedLease(id, timeToLive, this::keepAlive, this::revoke);
    }

    /** Ends the leases whose time is over and tells watchers everything that waits; how many calls it made. */
    public int pump() {
        int calls = 0;
        while (pumpOne(0)) calls++;
        return calls;
    }

    /**
     * Ends the leases whose time is over, then makes one call to one of the watchers that something waits
     * for; false: nothing waits.
     */
    public boolean pumpOne(int choice) {
        synchronized (this) {
            if (!closed) endDue();
        }
        return hub.pumpOne(choice);
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) return;
            closed = true;
            notifyAll();
        }
        hub.close();
    }

    private boolean holds(Transaction.Compare compare) {
        @Nullable Entry entry = current(compare.key());
        long actual = entry == null ? 0 : compare.field() == Transaction.Field.created ? entry.created() : entry.modified();
        return actual == compare.revision();
    }

    private void apply(List<Transaction.Put> puts, List<String> deletes) {
        revision++;
        List<Batch.Change> told = new ArrayList<>(puts.size() + deletes.size());
        for (Transaction.Put put : puts) {
            leases.attach(put.lease(), put.key());
            Version now = versions.compute(put.key(), (_, older) -> next(put, older));
            told.add(new Batch.Change(put.key(), Optional.ofNullable(now.entry)));
        }
        for (String key : deletes) {
            @Nullable Version older = versions.get(key);
            if (older == null || older.entry == null) continue;
            leases.detach(key);
            versions.put(key, new Version(revision, null, older));
            told.add(new Batch.Change(key, Optional.empty()));
        }
        told.sort(IN_KEY_ORDER);
        Batch batch = new Batch(revision, told);
        log.addLast(batch);
        if (log.size() > history) forget(log.removeFirst());
        hub.publish(batch);
    }

    private Version next(Transaction.Put put, @Nullable Version older) {
        @Nullable Entry before = older == null ? null : older.entry;
        return new Version(revision, new Entry(put.key(), put.value(), before == null ? revision : before.created(), revision), older);
    }

    /** Drops what only readers at or before an old batch's predecessor could still see. */
    private void forget(Batch old) {
        compacted = old.revision();
        for (Batch.Change change : old.changes()) {
            @Nullable Version newest = versions.get(change.key());
            @Nullable Version kept = newest == null ? null : newest.at(compacted);
            if (kept == null) continue;
            kept.older = null;
            if (kept == newest && kept.entry == null) versions.remove(change.key());
        }
    }

    private @Nullable Entry current(String key) {
        @Nullable Version newest = versions.get(key);
        return newest == null ? null : newest.entry;
    }

    private void requireOpen() {
        if (closed) throw new StoreException("the store is closed");
    }

    private void endDue() {
        for (long id : leases.due()) end(id);
    }

    private void end(long lease) {
        List<String> keys = leases.end(lease);
        if (!keys.isEmpty()) apply(List.of(), keys);
    }

    private synchronized void endLeases() {
        try {
            while (!closed) {
                endDue();
                Optional<Duration> pause = leases.untilDue();
                if (pause.isPresent()) wait(pause.get().toMillis() + 1);
                else wait();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Log implements WatchHub.History {
        @Override
        public void replay(String prefix, long after, long upTo, Consumer<Batch> sink) {
            List<Batch> past;
            synchronized (MemoryStore.this) {
                if (after < compacted) throw new CompactedException(after, compacted);
                past = log.stream().filter(batch -> batch.revision() > after && batch.revision() <= upTo).toList();
            }
            for (Batch batch : past) {
                List<Batch.Change> own = batch.changes().stream().filter(change -> change.key().startsWith(prefix)).toList();
                if (!own.isEmpty()) sink.accept(new Batch(batch.revision(), own));
            }
        }

        @Override
        public long oldest() {
            synchronized (MemoryStore.this) {
                return compacted;
            }
        }
    }

    private synchronized boolean keepAlive(long lease) {
        requireOpen();
        return leases.keepAlive(lease);
    }

    private synchronized void revoke(long lease) {
        requireOpen();
        end(lease);
    }
}
