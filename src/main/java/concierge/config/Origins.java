package concierge.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Where each value inside of a table came from, by its path: {@code restream.image}. Lists are values. */
final class Origins {
    private Origins() {}

    /** The values of a table by their paths; an empty table is a value. */
    static Map<String, Object> values(Object table) {
        Map<String, Object> out = new LinkedHashMap<>();
        add("", table, out);
        return out;
    }

    private static void add(String path, @Nullable Object value, Map<String, Object> out) {
        if (value instanceof Map<?, ?> map && !map.isEmpty()) {
            map.forEach((key, inner) -> add(path.isEmpty() ? key.toString() : path + "." + key, inner, out));
        } else {
            out.put(path, value == null ? "" : value);
        }
    }

    /** What is as it was keeps where it came from; the rest came {@code from} what was put over it. */
    static Map<String, Source> over(Map<String, Source> before, Object old, Object now, Function<String, Source> from) {
        Map<String, Object> was = values(old);
        Map<String, Source> out = new LinkedHashMap<>();
        values(now).forEach((path, value) -> {
            Source kept = before.get(path);
            out.put(path, kept != null && Objects.equals(was.get(path), value) ? kept : from.apply(path));
        });
        return out;
    }

    /** A table of one file over the same table of an earlier one: key by key, lists and single values as a whole. */
    static Object laid(@Nullable Object below, Object above) {
        if (!(below instanceof Map<?, ?> old) || !(above instanceof Map<?, ?> table)) return above instanceof List<?> list ? List.copyOf(list) : above;
        Map<String, Object> out = new LinkedHashMap<>();
        old.forEach((key, value) -> out.put(key.toString(), value));
        table.forEach((key, value) -> out.put(key.toString(), laid(out.get(key.toString()), value)));
        return out;
    }
}
