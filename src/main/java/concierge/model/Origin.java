package concierge.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where something of the configuration came from.
 *
 * @param text for people: a place in a file, a variable, an option
 * @param location in a file; empty: it stands in none
 */
public record Origin(String text, Optional<Location> location) {
    public static final Origin DEFAULT = new Origin("default", Optional.empty());

    public static Origin in(Location location) {
        return new Origin(location.toString(), Optional.of(location));
    }

    /** One value in a table of tables: {@code restream}, {@code image}. */
    public record Shown(String type, String key, Object value, String from) {}

    /** What a table holds, by paths; lists and empty tables are values. */
    public static Map<String, Object> values(Object table) {
        Map<String, Object> out = new LinkedHashMap<>();
        add("", table, out);
        return out;
    }

    private static void add(String path, @Nullable Object value, Map<String, Object> out) {
        if (value instanceof Map<?, ?> map && !map.isEmpty()) map.forEach((key, inner) -> add(path.isEmpty() ? key.toString() : path + "." + key, inner, out));
        else out.put(path, value == null ? "" : value);
    }

    /**
     * Of what is inside of a table, by the paths in it: {@code restream.image}.
     *
     * @param values where values stand, a list being one
     * @param keys where their keys do, and those of inner tables
     */
    public record Table(Map<String, Origin> values, Map<String, Origin> keys) {
        public static final Table NONE = new Table(Map.of(), Map.of());

        public Table {
            values = Map.copyOf(values);
            keys = Map.copyOf(keys);
        }

        /** Each value of the tables in a table, and where it came from, in order. */
        public List<Shown> shown(Map<String, Object> table) {
            List<Shown> out = new ArrayList<>();
            new TreeMap<>(table).forEach((name, inner) -> new TreeMap<>(Origin.values(inner)).forEach((key, value) ->
                    out.add(new Shown(name, key, value, values.getOrDefault(key.isEmpty() ? name : name + "." + key, DEFAULT).text()))));
            return out;
        }
    }
}
