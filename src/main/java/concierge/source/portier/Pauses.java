package concierge.source.portier;

import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Tasks that are left alone for a while, and what was told of them. Belongs to the core. */
final class Pauses {
    /** Tasks come and go for years; after so many a reason may be told a second time. */
    private static final int SAID = 10_000;

    private final Map<String, Instant> until = new HashMap<>();
    private final Set<String> said = new HashSet<>();

    /** Not shorter than it is already. */
    void leave(String task, Instant end) {
        until.merge(task, end, (a, b) -> a.isAfter(b) ? a : b);
    }

    boolean has(String task, Instant now) {
        Instant end = until.get(task);
        return end != null && end.isAfter(now);
    }

    void tidy(Instant now) {
        until.values().removeIf(end -> !end.isAfter(now));
    }

    /** Whether this is told for the first time. */
    boolean isNews(String text) {
        if (said.size() >= SAID) said.clear();
        return said.add(text);
    }
}
