package concierge.server.queue;

import concierge.server.queue.QueueRecords.Admission;
import concierge.server.queue.QueueRecords.Owner;
import concierge.server.queue.QueueRecords.Task;
import concierge.state.Keys;
import concierge.store.Batch;
import concierge.store.CompactedException;
import concierge.store.Entry;
import concierge.store.Store;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The queue's tasks, claims and identities in memory, followed by a watch, so that a heartbeat costs what it answers and no
 * more. It is as new as the store whenever somebody asks: it waits until it has seen the last turn, and lists anew where
 * that does not come. Thread-safe.
 */
final class QueueIndex implements AutoCloseable {
    /** A watch trails its store by milliseconds; one that does by more has broken off. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final Store store;
    private @Nullable Contents contents;
    private boolean closed;

    QueueIndex(Store store) {
        this.store = store;
    }

    /** A task that nobody has, as a heartbeat's answer names it. */
    record Available(String type, String uuid) {}

    /** A task of whoever asks. */
    record Held(String uuid) {}

    record Listing(List<Held> claims, List<Available> available) {}

    /** A claim as it stands; what changes it compares the revision. */
    record Claim(Owner owner, long modified) {}

    private record Known(String type, long created) {}

    private record Identity(Admission admission, long modified) {}

    /** With all changes that were made before this call. */
    Contents current() {
        long turn = store.find(Keys.QUEUE_TURN).map(Entry::modified).orElse(0L);
        while (true) {
            Contents now = contents();
            if (now != null && now.reaches(turn, PATIENCE)) return now;
            renew(now);
        }
    }

    private synchronized @Nullable Contents contents() {
        return contents;
    }

    /** Unless somebody has done so meanwhile. */
    private synchronized void renew(@Nullable Contents old) {
        if (contents != old) return;
        if (old != null) old.watch.close();
        contents = null;
        Contents fresh = new Contents();
        fresh.load(store);
        if (closed) fresh.watch.close();
        contents = fresh;
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (contents != null) contents.watch.close();
    }

    /** Its monitor guards it. */
    static final class Contents {
        private final NavigableMap<String, Known> tasks = new TreeMap<>();
        private final NavigableMap<String, Claim> claims = new TreeMap<>();
        private final Map<String, NavigableMap<String, Claim>> owned = new HashMap<>();
        private final Map<String, Identity> identities = new TreeMap<>();
        private final NavigableMap<String, Available> free = new TreeMap<>();
        /** What is free, until that changes: it is told to everybody, and may be long. */
        private @Nullable List<Available> available;
        private Store.Watch watch = () -> {};
        private long revision;
        private boolean over;

        private void load(Store store) {
            long at = store.revision();
            try {
                for (String prefix : List.of(Keys.QUEUE_TASKS, Keys.QUEUE_CLAIMS, Keys.QUEUE_IDENTITIES)) store.each(prefix, at, entry -> apply(entry.key(), entry));
            } catch (CompactedException _) {
                // The next one that asks lists anew.
                over = true;
            }
            revision = at;
            watch = store.watch("/queue/", at, new Store.Watcher() {
                @Override
                public void changed(Batch batch) {
                    apply(batch);
                }

                @Override
                public void compacted(long oldestKept) {
                    end();
                }

                @Override
                public void closed() {
                    end();
                }
            });
        }

        private synchronized void apply(Batch batch) {
            if (over || batch.revision() <= revision) return;
            for (Batch.Change change : batch.changes()) apply(change.key(), change.entry().orElse(null));
            revision = batch.revision();
            notifyAll();
        }

        private synchronized void end() {
            over = true;
            notifyAll();
        }

        private synchronized boolean reaches(long wanted, Duration patience) {
            long end = System.nanoTime() + patience.toNanos();
            try {
                while (!over && revision < wanted) {
                    long left = (end - System.nanoTime()) / 1_000_000;
                    if (left <= 0) return false;
                    wait(left);
                }
                return !over;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        }

        private synchronized void apply(String key, @Nullable Entry entry) {
            if (key.startsWith(Keys.QUEUE_TASKS)) task(key.substring(Keys.QUEUE_TASKS.length()), entry);
            else if (key.startsWith(Keys.QUEUE_CLAIMS)) claim(key.substring(Keys.QUEUE_CLAIMS.length()), entry);
            else if (key.startsWith(Keys.QUEUE_IDENTITIES)) {
                String identity = key.substring(Keys.QUEUE_IDENTITIES.length());
                if (entry == null) identities.remove(identity);
                else identities.put(identity, new Identity(Admission.of(entry.value().text()), entry.modified()));
            }
        }

        private void task(String task, @Nullable Entry entry) {
            if (entry == null) tasks.remove(task);
            else tasks.put(task, new Known(Task.of(entry).type(), entry.created()));
            sort(task);
        }

        private void claim(String task, @Nullable Entry entry) {
            Claim before = claims.remove(task);
            if (before != null) {
                Map<String, Claim> his = owned.get(before.owner().identity());
                if (his != null) his.remove(task);
                if (his != null && his.isEmpty()) owned.remove(before.owner().identity());
            }
            if (entry != null) {
                Claim claim = new Claim(Owner.of(entry.value().text()), entry.modified());
                claims.put(task, claim);
                owned.computeIfAbsent(claim.owner().identity(), _ -> new TreeMap<>()).put(task, claim);
            }
            sort(task);
        }

        private void sort(String task) {
            Known known = tasks.get(task);
            if (known != null && !claims.containsKey(task)) free.put(task, new Available(known.type(), task));
            else free.remove(task);
            available = null;
        }

        synchronized Admission admission(String identity) {
            Identity known = identities.get(identity);
            return known == null ? Admission.unknown : known.admission();
        }

        /** When an identity was let in or shut out; 0: it is not there. */
        synchronized long admitted(String identity) {
            Identity known = identities.get(identity);
            return known == null ? 0 : known.modified();
        }

        synchronized List<String> identities() {
            return List.copyOf(identities.keySet());
        }

        /**
         * What a heartbeat is answered.
         *
         * @param installation who asks: told of its own claims, and of those whose owner did not say who he is
         */
        synchronized Listing listing(String identity, String installation) {
            List<Held> claims = new ArrayList<>();
            owned.getOrDefault(identity, new TreeMap<>()).forEach((task, claim) -> {
                if (tasks.containsKey(task) && isOf(claim.owner(), installation)) claims.add(new Held(task));
            });
            List<Available> all = available;
            if (all == null) available = all = List.copyOf(free.values());
            return new Listing(claims, all);
        }

        static boolean isOf(Owner owner, String installation) {
            return installation.isEmpty() || owner.installation().isEmpty() || owner.installation().equals(installation);
        }

        synchronized Map<String, Claim> claims() {
            return new TreeMap<>(claims);
        }

        synchronized Optional<Claim> claim(String task) {
            return Optional.ofNullable(claims.get(task));
        }

        synchronized Optional<String> type(String task) {
            return Optional.ofNullable(tasks.get(task)).map(Known::type);
        }

        synchronized long created(String task) {
            Known known = tasks.get(task);
            return known == null ? 0 : known.created();
        }
    }
}
