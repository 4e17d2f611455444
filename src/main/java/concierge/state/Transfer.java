package concierge.state;

import concierge.model.Status;
import concierge.store.CommitResult;
import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import concierge.store.Value;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * Brings a snapshot into an empty store, so that a server started on it goes on with what runs. Generations
 * change with the store: statuses are told the new ones, and an {@link Adoption} tells the agent the old
 * one. The installation's id comes last: a store that holds half of it is nobody's, and no server takes it.
 */
public final class Transfer {
    /** Entries written between two words about the progress: some milliseconds' worth. */
    private static final int STEP = 1_000;

    /** Of what was given up before the transfer, where an earlier store's copy of it may still run: older than all there is. */
    private static final long GIVEN_UP = 1;

    private static final String META = "/meta/";

    private final Store target;
    private final LongConsumer progress;
    private final String id = "transfer-" + UUID.randomUUID();
    private final Fingerprint written = new Fingerprint();
    /** By what follows the table in the key: {@code <host>/<instance>}. */
    private final Map<String, Adoption> adoptions = new HashMap<>();
    private final Map<String, Long> assigned = new HashMap<>();
    private Chunks chunks;
    private int pending;
    private int parts;

    private Transfer(Store target, LongConsumer progress) {
        this.target = target;
        this.progress = progress;
        this.chunks = chunks();
    }

    /**
     * @param progress is told how many entries have been written
     * @return how many there are
     * @throws StoreException when the store is not empty, or does not hold afterwards what was written
     */
    public static long into(Store target, Snapshot snapshot, LongConsumer progress) {
        requireEmpty(target);
        return new Transfer(target, progress).run(snapshot);
    }

    /** @throws StoreException saying what to do */
    public static void requireEmpty(Store target) {
        if (!target.list("/", "", 1, 0).entries().isEmpty()) {
            throw new StoreException("the target holds data already (expected: an empty store; give another prefix or file, or remove the data)");
        }
    }

    /** Removes everything from a store; how many entries there were. */
    public static long forget(Store store, LongConsumer progress) {
        Transfer transfer = new Transfer(store, progress);
        store.each("/", 0, entry -> {
            transfer.written.add(entry.key(), entry.value());
            transfer.add(to -> to.delete(entry.key()));
        });
        transfer.flush();
        return transfer.written.count();
    }

    private long run(Snapshot snapshot) {
        Map<String, Adoption> before = new HashMap<>();
        snapshot.each(entry -> {
            if (entry.key().startsWith(Keys.ADOPTED)) before.put(tail(entry.key()), Adoption.of(entry.key(), entry.value()));
        });
        snapshot.each(entry -> {
            if (!entry.key().startsWith(Keys.ASSIGN)) return;
            assigned.put(tail(entry.key()), entry.created());
            put(entry.key(), entry.value());
        });
        flush();
        created(before);
        snapshot.each(entry -> {
            String key = entry.key();
            if (key.startsWith(Keys.STATUS)) status(entry);
            else if (!key.startsWith(Keys.ASSIGN) && !key.startsWith(Keys.ADOPTED) && !key.startsWith(META)) put(key, entry.value());
        });
        adoptions.forEach((tail, adoption) -> put(Keys.ADOPTED + tail, adoption.value()));
        flush();
        snapshot.each(entry -> {
            if (entry.key().startsWith(META)) put(entry.key(), entry.value());
        });
        flush();
        verify();
        return written.count();
    }

    /** What the assignments' generations have become. */
    private void created(Map<String, Adoption> before) {
        target.each(Keys.ASSIGN, 0, entry -> {
            String tail = tail(entry.key());
            long old = assigned.getOrDefault(tail, 0L);
            Adoption earlier = before.get(tail);
            long made = earlier != null && earlier.to() == old ? earlier.from() : old;
            adoptions.put(tail, new Adoption(made, entry.created()));
        });
        before.forEach((tail, earlier) -> adoptions.putIfAbsent(tail, new Adoption(earlier.from(), GIVEN_UP)));
    }

    /** One about a former generation says nothing any more. */
    private void status(Entry entry) {
        String tail = tail(entry.key());
        Adoption adoption = adoptions.get(tail);
        Status status = Codec.status(entry.value());
        if (adoption == null || status.generation() != assigned.getOrDefault(tail, 0L)) return;
        put(entry.key(), Codec.rewrite(entry.value(), status.of(adoption.to())));
    }

    private void put(String key, Value value) {
        written.add(key, value);
        add(to -> to.put(key, value));
    }

    private void add(Consumer<Transaction.Builder> write) {
        chunks.add(write);
        pending++;
        if (pending >= STEP) flush();
    }

    private void flush() {
        for (Transaction transaction : chunks.build()) commit(transaction);
        chunks = chunks();
        pending = 0;
        progress.accept(written.count());
    }

    private Chunks chunks() {
        parts++;
        return new Chunks(id + "-" + parts, _ -> {});
    }

    private void commit(Transaction transaction) {
        CommitResult result = target.commit(transaction);
        if (result instanceof CommitResult.Unknown(String unknown, String reason)) {
            OptionalLong happened = target.committed(unknown);
            if (happened.isEmpty() && !(target.commit(transaction) instanceof CommitResult.Committed)) {
                throw new StoreException("the target does not answer: " + reason + " (it holds a part, which no server takes; remove that and try again)");
            }
        }
    }

    private void verify() {
        Fingerprint found = new Fingerprint();
        target.each("/", 0, entry -> found.add(entry.key(), entry.value()));
        if (!found.toString().equals(written.toString())) {
            throw new StoreException("the target holds " + found + " (expected: " + written + "; has somebody else written to it? Remove all of it and try again)");
        }
    }

    private static String tail(String key) {
        return key.substring(key.indexOf('/', 1) + 1);
    }
}
