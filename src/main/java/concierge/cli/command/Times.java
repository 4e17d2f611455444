package concierge.cli.command;

import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times as people say them. */
public final class Times {
    private static final Pattern SPAN = Pattern.compile("([0-9]{1,9})\\s*(s|m|h|d|w)");

    /** What was just said to last 90 days is not told to last 89. */
    private static final long LEFT_ROUNDING = 60;

    private Times() {}

    /** {@code 45s}, {@code 12m}, {@code 3h}, {@code 9d}: the largest unit alone. */
    public static String age(Instant since, Instant now) {
        long seconds = Math.max(0, Duration.between(since, now).toSeconds());
        if (seconds < 120) return seconds + "s";
        if (seconds < 2 * 3600) return seconds / 60 + "m";
        if (seconds < 2 * 86_400) return seconds / 3600 + "h";
        return seconds / 86_400 + "d";
    }

    public static String age(String since, Instant now) {
        try {
            return since.isEmpty() ? "" : age(Instant.parse(since), now);
        } catch (DateTimeException e) {
            return since;
        }
    }

    /** How long it is until then: {@code 90d} where a moment of the first day has passed already. */
    public static String left(Instant end, Instant now) {
        return age(now, end.plusSeconds(LEFT_ROUNDING));
    }

    /** How long something took: {@code 0.8 s}, {@code 42 s}, {@code 3 min 5 s}. */
    public static String took(Duration duration) {
        long millis = duration.toMillis();
        if (millis < 10_000) return millis / 1000 + "." + millis % 1000 / 100 + " s";
        return millis < 120_000 ? millis / 1000 + " s" : millis / 60_000 + " min " + millis / 1000 % 60 + " s";
    }

    /**
     * {@code 10m}, {@code 2h}, {@code 3d} ago, or a time, as the API takes them; empty from empty. An age stays one: the server
     * counts it from its own clock, which may be another than this machine's.
     */
    public static String since(String text) {
        if (text.isEmpty()) return "";
        try {
            Optional<Duration> ago = span(text);
            return ago.isPresent() ? ago.get().toString() : Instant.parse(text).toString();
        } catch (DateTimeException e) {
            throw new Failure(Exit.USAGE, "--since: " + text + " (expected: 30s, 10m, 2h, 3d or a time such as 2026-01-31T12:00:00Z)", "");
        }
    }

    /** {@code 10m}, {@code 2h}, {@code 90d}; empty where it is none of these. */
    public static Optional<Duration> span(String text) {
        Matcher span = SPAN.matcher(text);
        return span.matches() ? Optional.of(unit(span.group(2)).multipliedBy(Long.parseLong(span.group(1)))) : Optional.empty();
    }

    private static Duration unit(String unit) {
        return switch (unit) {
            case "s" -> Duration.ofSeconds(1);
            case "m" -> Duration.ofMinutes(1);
            case "h" -> Duration.ofHours(1);
            case "d" -> Duration.ofDays(1);
            default -> Duration.ofDays(7);
        };
    }

    /** {@code 512 B}, {@code 1.2 MiB}. */
    public static String size(long bytes) {
        if (bytes < 1024) return bytes + " B";
        double size = bytes;
        int unit = -1;
        while (size >= 1024 && unit < 4) {
            size /= 1024;
            unit++;
        }
        return String.format(java.util.Locale.ROOT, size < 10 ? "%.1f %siB" : "%.0f %siB", size, "KMGTP".charAt(unit));
    }
}
