package concierge.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Two words for one thing in the tables of a setting's table: {@code types.*.env} is {@code types.*.environment}. It is known
 * by the word that was used last, so that whatever is put over a value goes into it, under either word.
 */
final class Synonyms {
    /** By the setting's key. */
    private static final Map<String, List<List<String>>> ALL =
            Map.of(Settings.TYPES.key(), List.of(List.of("env", "environment"), List.of("volume", "mounts"), List.of("run", "command")));

    private Synonyms() {}

    /**
     * A table, and where what is in it came from, by paths.
     *
     * @param values of each value
     * @param keys of each key
     */
    record Told(Object table, Map<String, Source> values, Map<String, Source> keys) {
        Told with(Object other) {
            return new Told(other, values, keys);
        }
    }

    /** @param second path of the one that comes second */
    record Twice(String word, String second) {}

    /** What one place says under both words. */
    static List<Twice> twice(String setting, Object said) {
        List<Twice> found = new ArrayList<>();
        each(said, (name, key, table) -> {
            for (String other : others(setting, key)) {
                List<?> order = List.copyOf(table.keySet());
                if (order.contains(other) && order.indexOf(other) < order.indexOf(key)) found.add(new Twice(other, name + "." + key));
            }
        });
        return found;
    }

    /** The same, in the words that are put over it. */
    static Told retold(String setting, Told before, Object said) {
        List<String[]> renamed = new ArrayList<>();
        each(said, (name, key, _) -> {
            if (!(before.table() instanceof Map<?, ?> all && all.get(name) instanceof Map<?, ?> table) || table.containsKey(key)) return;
            for (String other : others(setting, key)) if (table.containsKey(other)) renamed.add(new String[] {name, other, key});
        });
        Told told = before;
        for (String[] one : renamed) told = renamed(told, one[0], one[1], one[2]);
        return told;
    }

    private interface Visit {
        void of(String name, String key, Map<?, ?> table);
    }

    private static void each(Object said, Visit visit) {
        if (!(said instanceof Map<?, ?> all)) return;
        all.forEach((name, inner) -> {
            if (inner instanceof Map<?, ?> table) table.keySet().forEach(key -> visit.of(name.toString(), key.toString(), table));
        });
    }

    private static List<String> others(String setting, String key) {
        return ALL.getOrDefault(setting, List.of()).stream().filter(words -> words.contains(key)).flatMap(List::stream).filter(word -> !word.equals(key)).toList();
    }

    private static Told renamed(Told told, String name, String from, String to) {
        Map<String, Object> all = new LinkedHashMap<>();
        ((Map<?, ?>) told.table()).forEach((key, inner) -> all.put(key.toString(), inner));
        Map<String, Object> table = new LinkedHashMap<>();
        if (all.get(name) instanceof Map<?, ?> before) before.forEach((key, value) -> table.put(key.equals(from) ? to : key.toString(), value));
        all.put(name, table);
        return new Told(all, renamed(told.values(), name + "." + from, name + "." + to), renamed(told.keys(), name + "." + from, name + "." + to));
    }

    private static Map<String, Source> renamed(Map<String, Source> sources, String from, String to) {
        Map<String, Source> out = new LinkedHashMap<>();
        sources.forEach((path, source) -> out.put(path.equals(from) || path.startsWith(from + ".") ? to + path.substring(from.length()) : path, source));
        return out;
    }
}
