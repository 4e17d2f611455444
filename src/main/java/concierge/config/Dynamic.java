package concierge.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Values in the manner of dynaconf: TOML or else plain text; a cast ({@code @int 42}); a merge into what
 * is there ({@code @merge …}, a table with {@code dynaconf_merge=true}, a list with the element {@code
 * "dynaconf_merge"}).
 */
final class Dynamic {
    private static final String MERGE = "dynaconf_merge";

    private Dynamic() {}

    /** What a variable or option says, put over what was there; throws with what was expected. */
    static Object over(@Nullable Object before, String raw) {
        if (raw.startsWith("@merge ")) return merge(before, merged(raw.substring("@merge ".length()).strip()));
        Object value = read(raw);
        return marked(value) ? merge(before, value) : unmarked(value);
    }

    /** Throws {@link IllegalArgumentException} when a cast does not fit. */
    static Object read(String raw) {
        if (raw.startsWith("@")) {
            int blank = raw.indexOf(' ');
            String cast = blank < 0 ? raw : raw.substring(0, blank);
            String rest = blank < 0 ? "" : raw.substring(blank + 1);
            switch (cast) {
                case "@str": return rest;
                case "@int": return whole(rest.strip());
                case "@float": return number(rest.strip());
                case "@bool": return flag(rest.strip());
                case "@json": return json(rest);
                default: break; // a text that happens to begin so
            }
        }
        Object value = Toml.read(raw);
        return value == null ? raw : value;
    }

    /** {@code @merge} takes a list, a table, pairs ({@code a=1}) or elements parted by commas. */
    private static Object merged(String raw) {
        if (raw.startsWith("[") || raw.startsWith("{")) return read(raw);
        Map<String, Object> pairs = Toml.pairs(raw);
        if (pairs != null) return pairs;
        List<Object> elements = new ArrayList<>();
        for (String part : raw.split(",")) elements.add(read(part.strip()));
        return elements;
    }

    private static boolean marked(Object value) {
        return value instanceof Map<?, ?> map && Boolean.TRUE.equals(map.get(MERGE))
                || value instanceof List<?> list && list.contains(MERGE);
    }

    /** Tables and lists inside may carry the mark too. */
    private static Object unmarked(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> out = new LinkedHashMap<>();
            map.forEach((key, inner) -> {
                if (!key.equals(MERGE)) out.put(key.toString(), unmarked(inner));
            });
            return out;
        }
        if (value instanceof List<?> list) {
            List<Object> out = new ArrayList<>();
            for (Object inner : list) if (!MERGE.equals(inner)) out.add(unmarked(inner));
            return out;
        }
        return value;
    }

    /** Tables go into tables, key by key and all the way down; lists are appended; else the new value holds. */
    private static Object merge(@Nullable Object before, Object value) {
        if (before instanceof Map<?, ?> old && value instanceof Map<?, ?> map) {
            Map<String, Object> out = new LinkedHashMap<>();
            old.forEach((key, inner) -> out.put(key.toString(), inner));
            map.forEach((key, inner) -> {
                if (!key.equals(MERGE)) out.merge(key.toString(), unmarked(inner), Dynamic::merge);
            });
            return out;
        }
        if (before instanceof List<?> old && value instanceof List<?>) {
            List<Object> out = new ArrayList<>(old);
            out.addAll((List<?>) unmarked(value));
            return out;
        }
        return unmarked(value);
    }

    private static Object whole(String text) {
        if (!text.matches("[+-]?[0-9]{1,18}")) throw new IllegalArgumentException("a whole number after @int");
        return Long.valueOf(text);
    }

    private static Object number(String text) {
        try {
            return Double.valueOf(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("a number after @float", e);
        }
    }

    private static Object flag(String text) {
        return Kind.FLAG.reader().apply(text).orElseThrow(() -> new IllegalArgumentException("true or false after @bool"));
    }

    private static Object json(String text) {
        try {
            return concierge.json.Json.read(text, Object.class);
        } catch (tools.jackson.core.JacksonException e) {
            throw new IllegalArgumentException("JSON after @json", e);
        }
    }
}
