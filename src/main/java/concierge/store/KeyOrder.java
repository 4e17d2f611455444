package concierge.store;

import java.util.Comparator;
import java.util.Optional;

/**
 * The order of keys: that of their UTF-8 bytes, which is the order of their code points. {@link
 * String#compareTo} differs from it past U+FFFF, and so would a store on one machine from etcd.
 */
public final class KeyOrder {
    public static final Comparator<String> COMPARATOR = KeyOrder::compare;

    private KeyOrder() {}

    private static int compare(String a, String b) {
        int shorter = Math.min(a.length(), b.length());
        for (int i = 0; i < shorter; i++) {
            char left = a.charAt(i);
            char right = b.charAt(i);
            if (left != right) return Integer.compare(rank(left), rank(right));
        }
        return Integer.compare(a.length(), b.length());
    }

    /** Surrogates stand for code points above all others, so they are moved behind U+FFFF. */
    private static int rank(char unit) {
        return Character.isSurrogate(unit) ? unit + 0x10000 : unit;
    }

    /** The first text that is greater than every key with this prefix; empty: there is none. */
    public static Optional<String> afterPrefix(String prefix) {
        int end = prefix.length();
        while (end > 0) {
            int last = prefix.codePointBefore(end);
            end -= Character.charCount(last);
            if (last == Character.MAX_CODE_POINT) continue;
            int next = last + 1 == Character.MIN_SURROGATE ? Character.MAX_SURROGATE + 1 : last + 1;
            return Optional.of(prefix.substring(0, end) + Character.toString(next));
        }
        return Optional.empty();
    }

    /** Whether a key comes after the last one of the page before; an empty {@code after} lets all through. */
    public static boolean isPast(String key, String after) {
        return after.isEmpty() || compare(key, after) > 0;
    }
}
