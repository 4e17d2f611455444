package concierge.state;

import concierge.model.Problem;
import java.util.List;
import java.util.TreeMap;

/** Records that could not be read, by key. */
final class Problems {
    /** Named at most: whoever mends them sees the next ones, and a store full of rubbish must not fill the heap. */
    private static final int LIMIT = 1_000;

    private final TreeMap<String, Problem> byKey = new TreeMap<>();

    void add(String key, String message) {
        if (byKey.size() >= LIMIT && !byKey.containsKey(key)) return;
        byKey.put(key, Problem.of("corrupt-record", key + ": " + message, "it is skipped; put or remove the key"));
    }

    void mended(String key) {
        if (!byKey.isEmpty()) byKey.remove(key);
    }

    List<Problem> list() {
        return List.copyOf(byKey.values());
    }
}
