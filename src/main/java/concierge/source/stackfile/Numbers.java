package concierge.source.stackfile;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** Whole numbers as texts, and durations for people. */
final class Numbers {
    private Numbers() {}

    /** Decimal digits with a sign at most; empty for anything else, also for what no int holds. */
    static Optional<Integer> whole(String text) {
        if (!text.matches("[-+]?\\d{1,10}")) return Optional.empty();
        long value = Long.parseLong(text);
        return value == (int) value ? Optional.of((int) value) : Optional.empty();
    }

    static String shown(Duration duration) {
        return duration.isZero() ? "0" : duration.toString().substring(2).toLowerCase(Locale.ROOT);
    }
}
