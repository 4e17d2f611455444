package concierge.source.portier;

import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Tasks that are left alone for a while, and what was told of them. Belongs to the core. */
final class Pauses {
    /** Tasks come and go for years; after so many a reason may be told a second time. */
    private static final int SAID = 10_000;

    private final Map<String, Pause> pauses = new HashMap<>();
    private final Set<String> said = new HashSet<>();

    record Pause(Instant end, String reason) {}

    /** Not shorter than it is already. */
    void leave(String task, Instant end, String reason) {
        pauses.merge(task, new Pause(end, reason), (a, b) -> a.end().isAfter(b.end()) ? a : b);
    }

    /** Ends the pause that was made for this reason. */
    void lift(String task, String reason) {
        pauses.computeIfPresent(task, (_, pause) -> pause.reason().equals(reason) ? null : pause);
    }

    /** Empty: it is not left alone. */
    Optional<Pause> find(String task, Instant now) {
        return Optional.ofNullable(pauses.get(task)).filter(pause -> pause.end().isAfter(now));
    }

    void tidy(Instant now) {
        pauses.values().removeIf(pause -> !pause.end().isAfter(now));
    }

    /**
     * Whether this is told for the first time; with other numbers, times and ids in it it is the same.
     *
     * @param about what exactly: a task, a type
     */
    boolean isNews(String about, String reason) {
        if (said.size() >= SAID) said.clear();
        return said.add(about + " " + Foreign.shape(reason));
    }
}
