package concierge.config;

import concierge.model.Names;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What values a setting takes.
 *
 * @param expected for messages: {@code a port, 0 to 65535}
 * @param reader from what a file or variable said (text, number, flag, list, map) to the value; empty
 *     when it is none
 * @param writer from the value to what a file could say
 */
public record Kind<T>(String expected, Function<Object, Optional<T>> reader, Function<T, Object> writer) {
    public static final Kind<String> TEXT = new Kind<>("a text", Kind::text);
    /** A host's name is a part of keys and of certificates. */
    public static final Kind<String> HOST = new Kind<>("1 to 63 letters, digits, _ . or -", value -> text(value).filter(Names::isPart));
    /** The same, or empty for the machine's own. */
    public static final Kind<String> OWN_HOST = new Kind<>(HOST.expected(), value -> text(value).filter(name -> name.isEmpty() || Names.isPart(name)));
    public static final Kind<Boolean> FLAG = new Kind<>("true or false", Kind::flag);
    public static final Kind<List<String>> TEXTS = new Kind<>("a list of texts: a,b or [\"a\", \"b\"] with quotes", Kind::texts);
    public static final Kind<Integer> PORT = integer(0, 65_535, "a port, 0 to 65535; 0 takes a free one");
    /** Cores; 0 stands for what the machine has. */
    public static final Kind<Double> CORES = new Kind<>("a number of cores, 0 or more", Kind::cores);
    /** A size in bytes; 0 stands for what the machine has. */
    public static final Kind<Long> BYTES = new Kind<>("a size such as 512MiB or 2G", Kind::bytes);

    /** Anything below the key is allowed, to any depth. */
    public static final Kind<Map<String, Object>> TABLE = new Kind<>("a table", Kind::table);

    public static final Kind<Map<String, Object>> BY_HOST = new Kind<>(
            "a table by the hosts' names: " + HOST.expected(), value -> table(value).filter(table -> table.keySet().stream().allMatch(Names::isPart)));

    /** One whose values stand in files as they are. */
    public Kind(String expected, Function<Object, Optional<T>> reader) {
        this(expected, reader, value -> value);
    }

    public static Kind<Integer> integer(int least, int most, String expected) {
        return new Kind<>(expected, value -> whole(value)
                .filter(number -> number >= least && number <= most)
                .map(Long::intValue));
    }

    public static Kind<String> choice(String... allowed) {
        List<String> choices = List.of(allowed);
        return new Kind<>("one of " + String.join(", ", choices), value -> text(value).filter(choices::contains));
    }

    /** As {@code 500ms}, {@code 3s}, {@code 2m}; a plain number counts seconds. */
    public static Kind<Duration> duration(Duration least, Duration most) {
        return new Kind<>("a time from " + shown(least) + " to " + shown(most) + ", as 500ms, 3s or 2m", value -> duration(value)
                .filter(time -> time.compareTo(least) >= 0 && time.compareTo(most) <= 0), Kind::shown);
    }

    /** In the largest unit that says it whole. */
    private static String shown(Duration time) {
        if (time.toMillisPart() > 0) return time.toMillis() + "ms";
        return time.toSecondsPart() > 0 || time.isZero() ? time.toSeconds() + "s" : time.toMinutes() + "m";
    }

    private static Optional<Duration> duration(Object value) {
        if (value instanceof Duration time) return Optional.of(time);
        var matcher = java.util.regex.Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,3})?)\\s*(ms|s|m)?").matcher(value.toString());
        if (!matcher.matches()) return Optional.empty();
        String unit = matcher.group(2) == null ? "s" : matcher.group(2);
        double millis = Double.parseDouble(matcher.group(1)) * (unit.equals("ms") ? 1 : unit.equals("s") ? 1_000 : 60_000);
        return Optional.of(Duration.ofMillis(Math.round(millis)));
    }

    private static Optional<String> text(Object value) {
        return value instanceof List<?> || value instanceof Map<?, ?> ? Optional.empty() : Optional.of(value.toString());
    }

    private static Optional<Boolean> flag(Object value) {
        return switch (value.toString().toLowerCase(java.util.Locale.ROOT)) {
            case "true", "yes", "on", "1" -> Optional.of(true);
            case "false", "no", "off", "0" -> Optional.of(false);
            default -> Optional.empty();
        };
    }

    /** A single text stands for a list of it; commas part: {@code CONCIERGE_HOST__TAGS=db,ssd}. */
    private static Optional<List<String>> texts(Object value) {
        List<String> found = new ArrayList<>();
        if (value instanceof List<?> list) {
            for (Object element : list) {
                if (text(element).isEmpty()) return Optional.empty();
                found.add(element.toString());
            }
        } else if (value instanceof Map<?, ?> || value.toString().startsWith("[")) {
            return Optional.empty();
        } else {
            for (String part : value.toString().split(",")) if (!part.isBlank()) found.add(part.strip());
        }
        return Optional.of(List.copyOf(found));
    }

    private static Optional<Long> whole(Object value) {
        return value.toString().matches("[+-]?[0-9]{1,18}") ? Optional.of(Long.valueOf(value.toString())) : Optional.empty();
    }

    private static Optional<Double> cores(Object value) {
        String text = value.toString();
        if (text.matches("[0-9]{1,9}m")) return Optional.of(Integer.parseInt(text.substring(0, text.length() - 1)) / 1000.0);
        if (!text.matches("[0-9]{1,6}(\\.[0-9]{1,9})?")) return Optional.empty();
        return Optional.of(Double.valueOf(text));
    }

    /** As people write sizes: {@code K M G T} and {@code KiB …} are powers of 1024, {@code KB …} of 1000. */
    private static Optional<Long> bytes(Object value) {
        var matcher = java.util.regex.Pattern.compile("([0-9]{1,15})\\s*(?:([KMGT])(B|I|IB)?|B)?")
                .matcher(value.toString().toUpperCase(java.util.Locale.ROOT));
        if (!matcher.matches()) return Optional.empty();
        int power = matcher.group(2) == null ? 0 : "KMGT".indexOf(matcher.group(2)) + 1;
        long base = "B".equals(matcher.group(3)) ? 1000 : 1024;
        long size = Long.parseLong(matcher.group(1));
        for (int i = 0; i < power; i++) {
            if (size > Long.MAX_VALUE / base) return Optional.empty();
            size *= base;
        }
        return Optional.of(size);
    }

    @SuppressWarnings("unchecked") // the readers of files and variables make maps with text keys only
    private static Optional<Map<String, Object>> table(Object value) {
        return value instanceof Map<?, ?> map ? Optional.of((Map<String, Object>) map) : Optional.empty();
    }
}
