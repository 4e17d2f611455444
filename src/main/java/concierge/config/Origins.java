package concierge.config;

import concierge.model.Origin;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Where each value inside of a table came from, by its path: {@code restream.image}. Lists are values. */
final class Origins {
    private Origins() {}

    /** What is as it was keeps where it came from; the rest came {@code from} what was put over it. */
    static Map<String, Source> over(Map<String, Source> before, Object old, Object now, Function<String, Source> from) {
        Map<String, Object> was = Origin.values(old);
        Map<String, Source> out = new LinkedHashMap<>();
        Origin.values(now).forEach((path, value) -> {
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
