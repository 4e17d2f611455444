package concierge.state;

import concierge.store.Limits;
import concierge.store.Transaction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Packs writes into transactions within the store's limits, in order. What one {@link #add} writes stays
 * together; a key that was written already starts a new transaction. Every transaction carries the given
 * conditions (the leader's fence) and an id made of the prefix and its number, so that the same writes
 * with the same prefix can be committed again. Single-threaded.
 */
public final class Chunks {
    private final String idPrefix;
    private final Consumer<Transaction.Builder> condition;
    private final List<Transaction> done = new ArrayList<>();
    private final Set<String> keys = new HashSet<>();
    private Transaction.Builder open;
    private final Set<Transaction.Compare> compares = new HashSet<>();
    private int operations;
    private long bytes;

    /** @param idPrefix unique among all that is ever committed */
    public Chunks(String idPrefix, Consumer<Transaction.Builder> condition) {
        this.idPrefix = idPrefix;
        this.condition = condition;
        this.open = start();
    }

    public Chunks add(Consumer<Transaction.Builder> write) {
        Transaction.Builder written = Transaction.id("part");
        write.accept(written);
        return add(written.build());
    }

    private Chunks add(Transaction part) {
        List<String> written = new ArrayList<>(part.deletes());
        for (Transaction.Put put : part.puts()) written.add(put.key());
        long size = size(part);
        Set<Transaction.Compare> further = new HashSet<>(part.compares());
        further.removeIf(compares::contains);
        boolean full = operations + written.size() > Limits.OPERATIONS
                || compares.size() + further.size() > Limits.COMPARES
                || bytes + size > Limits.BYTES;
        if (operations > 0 && (full || written.stream().anyMatch(keys::contains))) close();
        open.add(part);
        keys.addAll(written);
        compares.addAll(part.compares());
        operations += written.size();
        bytes += size;
        return this;
    }

    /** All of them, in the order in which they are to be committed. */
    public List<Transaction> build() {
        if (operations > 0) close();
        return List.copyOf(done);
    }

    private void close() {
        done.add(open.build());
        keys.clear();
        compares.clear();
        operations = 0;
        bytes = 0;
        open = start();
    }

    private Transaction.Builder start() {
        Transaction.Builder builder = Transaction.id(idPrefix + "-" + done.size());
        condition.accept(builder);
        compares.addAll(builder.build().compares());
        return builder;
    }

    private static long size(Transaction part) {
        long size = 0;
        for (Transaction.Put put : part.puts()) size += utf8(put.key()) + put.value().length();
        for (String key : part.deletes()) size += utf8(key);
        return size;
    }

    private static int utf8(String key) {
        return key.getBytes(StandardCharsets.UTF_8).length;
    }
}
