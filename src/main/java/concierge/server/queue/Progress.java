package concierge.server.queue;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a worker said of how it comes along: a line {@code progress frames=250 speed=1.01x} of its output.
 *
 * @param at when, by its machine's clock
 * @param values at most {@link #MOST_VALUES}
 */
record Progress(Instant at, SortedMap<String, String> values) {
    private static final String MARK = "progress ";

    /** More is a log, not a glance. */
    private static final int MOST_VALUES = 16;

    /** A number with its unit has room. */
    private static final int LONGEST = 64;

    private static final Pattern VALUE = Pattern.compile("([A-Za-z][A-Za-z0-9_.-]{0,31})=(\\S{1," + LONGEST + "})");

    Progress {
        values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
    }

    /** Empty: the line tells of something else. */
    static Optional<Progress> of(Instant at, String line) {
        if (!line.startsWith(MARK)) return Optional.empty();
        SortedMap<String, String> values = new TreeMap<>();
        for (String word : line.substring(MARK.length()).strip().split("\\s+")) {
            Matcher value = VALUE.matcher(word);
            // A sentence that happens to begin so is no progress.
            if (!value.matches()) return Optional.empty();
            if (values.size() < MOST_VALUES) values.put(value.group(1), value.group(2));
        }
        return Optional.of(new Progress(at, values));
    }
}
