package concierge.store;

import java.util.HashSet;
import java.util.Set;

/** What every store refuses before it looks at its data, in the same words. */
public final class TransactionRules {
    private TransactionRules() {}

    /** @throws IllegalArgumentException naming the limit or the key */
    public static void require(Transaction transaction) {
        int operations = transaction.puts().size() + transaction.deletes().size();
        if (operations > Limits.OPERATIONS) {
            throw new IllegalArgumentException("operations: " + operations + " (expected: at most " + Limits.OPERATIONS + " a commit)");
        }
        int compares = Set.copyOf(transaction.compares()).size();
        if (compares > Limits.COMPARES) {
            throw new IllegalArgumentException("compares: " + compares + " (expected: at most " + Limits.COMPARES + " a commit)");
        }
        if (transaction.id().isEmpty()) throw new IllegalArgumentException("transaction id: empty (expected: a unique one)");
        Set<String> named = HashSet.newHashSet(operations);
        long bytes = 0;
        for (Transaction.Put put : transaction.puts()) {
            bytes += named(put.key(), named) + put.value().length();
        }
        for (String key : transaction.deletes()) bytes += named(key, named);
        if (bytes > Limits.BYTES) {
            throw new IllegalArgumentException("size: " + bytes + " bytes (expected: at most " + Limits.BYTES + " a commit)");
        }
    }

    /** @throws IllegalArgumentException unless a page may be so long */
    public static void requirePage(int limit) {
        if (limit < 1 || limit > Limits.PAGE) {
            throw new IllegalArgumentException("page: " + limit + " (expected: 1 to " + Limits.PAGE + ")");
        }
    }

    private static int named(String key, Set<String> named) {
        int bytes = bytes(key);
        if (bytes == 0) throw new IllegalArgumentException("key: '" + key + "' (expected: Unicode text, not empty, without NUL)");
        if (!named.add(key)) throw new IllegalArgumentException("key: " + key + " (expected: once in a commit)");
        return bytes;
    }

    /** How long a key is as UTF-8; 0: it is empty, or no such text. Without an encoder: there is a key for each operation. */
    private static int bytes(String key) {
        int bytes = 0;
        for (int i = 0; i < key.length(); i++) {
            char unit = key.charAt(i);
            if (unit == 0) return 0;
            if (Character.isSurrogate(unit)) {
                boolean pair = Character.isHighSurrogate(unit) && i + 1 < key.length() && Character.isLowSurrogate(key.charAt(i + 1));
                if (!pair) return 0;
                i++;
                bytes += 4;
            } else {
                bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
            }
        }
        return bytes;
    }
}
