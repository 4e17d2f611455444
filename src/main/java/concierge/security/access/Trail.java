package concierge.security.access;

import concierge.json.Json;
import concierge.state.Keys;
import concierge.store.Limits;
import concierge.store.Transaction;
import java.util.ArrayList;
import java.util.List;

/**
 * The audit's entry of the change that the current thread carries out: it goes into the change's own commit, so that
 * neither is there without the other. One request, one thread.
 */
public final class Trail {
    /** What is being carried out here; bound while it is. */
    static final ScopedValue<Trail> CURRENT = ScopedValue.newInstance();

    static final String DONE = "done";

    private final String key;
    private AuditEntry entry;
    private boolean written;

    Trail(String id, AuditEntry entry) {
        this.key = Keys.audit(id);
        this.entry = entry;
    }

    /** Says what the change is about, where the request's path does not. Nothing outside of a request. */
    public static void about(String target) {
        if (CURRENT.isBound()) CURRENT.get().name(target);
    }

    private void name(String target) {
        entry = new AuditEntry(entry.at(), entry.who(), entry.role(), entry.from(), entry.action(), target, entry.outcome());
    }

    /**
     * The transaction with the entry of the change that it belongs to. The same one outside of a request, and where there
     * is no room: then the entry is written afterwards.
     */
    public static Transaction in(Transaction transaction) {
        return CURRENT.isBound() ? CURRENT.get().added(transaction) : transaction;
    }

    private Transaction added(Transaction transaction) {
        if (transaction.puts().size() + transaction.deletes().size() >= Limits.OPERATIONS) return transaction;
        List<Transaction.Put> puts = new ArrayList<>(transaction.puts());
        Transaction.Put put = put(DONE);
        if (bytes(transaction) + put.value().length() + put.key().length() > Limits.BYTES) return transaction;
        puts.add(put);
        return new Transaction(transaction.id(), transaction.compares(), puts, transaction.deletes());
    }

    private static long bytes(Transaction transaction) {
        long bytes = 0;
        // Keys are ASCII but for names that people chose; four bytes a character is the most there can be.
        for (Transaction.Put put : transaction.puts()) bytes += 4L * put.key().length() + put.value().length();
        for (String key : transaction.deletes()) bytes += 4L * key.length();
        return bytes;
    }

    /** The commit that {@link #in} went into has happened. */
    public static void committed(Transaction transaction) {
        if (!CURRENT.isBound()) return;
        Trail trail = CURRENT.get();
        trail.written |= transaction.puts().stream().anyMatch(put -> put.key().equals(trail.key));
    }

    /** Whether the entry went with a commit. */
    boolean isWritten() {
        return written;
    }

    Transaction.Put put(String outcome) {
        AuditEntry ended = new AuditEntry(entry.at(), entry.who(), entry.role(), entry.from(), entry.action(), entry.target(), outcome);
        return new Transaction.Put(key, concierge.store.Value.of(Json.write(ended)), 0);
    }
}
