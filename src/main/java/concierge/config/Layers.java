package concierge.config;

import concierge.model.Location;
import concierge.model.Names;
import concierge.model.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;

/** Puts file, environment and options over each other, and collects what is wrong with them. One use, one thread. */
final class Layers {
    private final List<Setting<?>> known;
    private final List<Problem> problems;
    private final Map<String, Raw> raw = new LinkedHashMap<>();

    /** A value before its kind was applied; {@code text} is how it was written, when it was a single word. */
    private record Raw(Object value, Source source, Optional<String> text, Synonyms.Told told) {
        static final Synonyms.Told NOTHING = new Synonyms.Told(Map.of(), Map.of(), Map.of());

        Raw(Object value, Source source, Optional<String> text) {
            this(value, source, text, NOTHING);
        }
    }

    Layers(List<Setting<?>> known, List<Problem> problems) {
        this.known = known;
        this.problems = problems;
    }

    void file(String name, String text) {
        Yaml yaml = new Yaml(name);
        yaml.root(text, problems).ifPresent(root -> table(yaml, "", root));
    }

    private void table(Yaml yaml, String above, MappingNode mapping) {
        Set<String> seen = new HashSet<>();
        for (NodeTuple pair : mapping.getValue()) {
            String key = above + Yaml.key(pair);
            Location place = yaml.place(pair.getKeyNode());
            // A second one is told already.
            if (!seen.add(key)) continue;
            if (key.equals(Settings.HOME.key())) {
                problems.add(Problem.of("bad-configuration", "home: cannot stand in the file, which lies in it",
                        "set CONCIERGE_HOME instead").at(place));
            } else {
                entry(yaml, key, place, pair.getValueNode());
            }
        }
    }

    private void entry(Yaml yaml, String key, Location place, Node node) {
        if (setting(key).isPresent()) {
            try {
                lay(key, Yaml.value(node), yaml, node);
            } catch (IllegalArgumentException e) {
                problems.add(Problem.of("bad-setting", key + ": too deep (expected: " + e.getMessage() + ")", "").at(place));
            }
        } else if (!isGroup(key)) {
            problems.add(unknown(key, keysAndGroups()).at(place));
        } else if (node instanceof MappingNode inner) {
            table(yaml, key + ".", inner);
        } else {
            problems.add(Problem.of("bad-setting", key + ": " + Yaml.kind(node) + " (expected: a table)", members(key)).at(place));
        }
    }

    /** Over what an earlier file said: into a table, and instead of anything else. */
    private void lay(String key, Object written, Yaml yaml, Node node) {
        Raw before = raw.get(key);
        Source source = new Source.InFile(yaml.place(node));
        Map<String, Location> keys = yaml.keys(node);
        for (Synonyms.Twice twice : Synonyms.twice(key, written)) {
            Location second = keys.getOrDefault(twice.second(), yaml.place(node));
            problems.add(Problem.of("duplicate-key", key + "." + twice.second() + ": means the same as " + twice.word() + ", which is there, too (expected: one of them)", "").at(second));
        }
        Synonyms.Told told = Synonyms.retold(key, before == null ? Raw.NOTHING : before.told().with(before.value()), written);
        Object old = told.table();
        Object value = written instanceof Map<?, ?> ? Origins.laid(old, written) : written;
        Map<String, Location> places = yaml.places(node);
        Map<String, Source> origins = Origins.over(told.values(), old, value, path -> {
            Location place = places.get(path);
            return place == null ? source : new Source.InFile(place);
        });
        Map<String, Source> all = new LinkedHashMap<>(told.keys());
        keys.forEach((path, place) -> all.put(path, new Source.InFile(place)));
        raw.put(key, new Raw(value, source, Optional.empty(), new Synonyms.Told(Map.of(), origins, all)));
    }

    /** What older installations set, under the names that they know; our own names win over them. */
    private void formerNames(Map<String, String> environment) {
        String host = environment.getOrDefault("PORTIER_HOST", "");
        if (!host.isEmpty()) {
            String url = environment.getOrDefault("PORTIER_SCHEME", "https") + "://" + host;
            setting(Settings.PORTIER_ENDPOINT.key()).ifPresent(setting -> put(setting, List.of(), url, new Source.Variable("PORTIER_HOST")));
        }
        Settings.FORMER_NAMES.forEach((name, key) -> {
            String text = environment.get(name);
            if (text != null) setting(key.key()).ifPresent(setting -> put(setting, List.of(), text, new Source.Variable(name)));
        });
    }

    /** Outer keys before inner ones, so that {@code CONCIERGE_A__b} goes into what {@code CONCIERGE_A} said. */
    void environment(Map<String, String> environment) {
        formerNames(environment);
        List<String> names = new ArrayList<>();
        for (String name : environment.keySet()) {
            boolean read = Settings.OTHER_VARIABLES.contains(name) || Settings.FORMER_NAMES.containsKey(name);
            if (name.startsWith(Configuration.PREFIX) && !read) names.add(name);
        }
        names.sort(Comparator.<String>comparingInt(name -> name.split("__", -1).length).thenComparing(name -> name));
        for (String name : names) {
            List<String> path = Arrays.asList(name.substring(Configuration.PREFIX.length()).split("__", -1));
            List<String> candidates = new ArrayList<>(Settings.OTHER_VARIABLES);
            known.forEach(setting -> candidates.add(setting.variable()));
            if (!assign(path, environment.getOrDefault(name, ""), new Source.Variable(name))) {
                problems.add(unknown(name, candidates));
            }
        }
    }

    void options(Map<String, String> options) {
        options.forEach((key, value) -> {
            if (!assign(Arrays.asList(key.split("\\.", -1)), value, new Source.Option(key))) {
                problems.add(unknown(key, keys()));
            }
        });
    }

    /** Whether the path leads to a setting, into a table, or to a group of settings. */
    private boolean assign(List<String> path, String text, Source source) {
        for (int length = path.size(); length > 0; length--) {
            String key = String.join(".", path.subList(0, length)).toLowerCase(Locale.ROOT);
            Optional<Setting<?>> found = setting(key);
            if (found.isEmpty()) continue;
            List<String> inside = path.subList(length, path.size());
            if (!inside.isEmpty() && found.get().kind() != Kind.TABLE) return false;
            put(found.get(), inside, text, source);
            return true;
        }
        String group = String.join(".", path).toLowerCase(Locale.ROOT);
        return isGroup(group) && assignGroup(group, text, source);
    }

    private boolean assignGroup(String group, String text, Source source) {
        if (!(Dynamic.over(Map.of(), text) instanceof Map<?, ?> table)) {
            problems.add(Problem.of("bad-setting", source + ": " + text + " (expected: a table)", members(group)));
            return true;
        }
        table.forEach((inner, value) -> {
            String key = group + "." + inner;
            if (setting(key).isPresent()) raw.put(key, new Raw(value, source, Optional.empty()));
            else problems.add(unknown(key, keys()));
        });
        return true;
    }

    private void put(Setting<?> setting, List<String> inside, String text, Source source) {
        Raw before = raw.get(setting.key());
        // Merging goes into what the setting means by now: a single text of a list is a list.
        Object meant = before == null ? setting.fallback() : meant(setting, before.value());
        try {
            Synonyms.Told told = (before == null ? Raw.NOTHING : before.told()).with(meant);
            if (setting.kind() == Kind.TABLE) told = Synonyms.retold(setting.key(), told, inside.isEmpty() ? Dynamic.over(Map.of(), text) : nested(Map.of(), inside, text));
            Object old = told.table();
            Object value = inside.isEmpty() ? Dynamic.over(old, text) : nested(old, inside, text);
            boolean plain = inside.isEmpty() && !text.startsWith("@") && !text.startsWith("\"") && !text.startsWith("'");
            Map<String, Source> origins = Origins.over(told.values(), old, value, _ -> source);
            raw.put(setting.key(), new Raw(value, source, plain ? Optional.of(text) : Optional.empty(), new Synonyms.Told(Map.of(), origins, keys(told.keys(), origins, source))));
        } catch (IllegalArgumentException e) {
            problems.add(Problem.of("bad-setting", source + ": " + text + " (expected: " + e.getMessage() + ")", ""));
        }
    }

    /** A variable is the key of what it says, and of the tables around it that nobody else has named. */
    private static Map<String, Source> keys(Map<String, Source> before, Map<String, Source> origins, Source source) {
        Map<String, Source> all = new LinkedHashMap<>(before);
        origins.forEach((path, from) -> {
            if (!from.equals(source)) return;
            all.put(path, source);
            for (int dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) all.putIfAbsent(path.substring(0, dot), source);
        });
        return all;
    }

    private static Object meant(Setting<?> setting, Object written) {
        Optional<?> value = setting.kind().reader().apply(written);
        return value.isPresent() ? value.get() : written;
    }

    /** Goes down into a table, taking existing keys in whatever case they stand. */
    private static Object nested(@Nullable Object old, List<String> path, String text) {
        Map<String, Object> out = new LinkedHashMap<>();
        if (old instanceof Map<?, ?> table) table.forEach((key, value) -> out.put(key.toString(), value));
        String step = path.getFirst();
        String key = out.keySet().stream().filter(step::equalsIgnoreCase).findFirst().orElse(step);
        @Nullable Object below = out.get(key);
        out.put(key, path.size() == 1 ? Dynamic.over(below, text) : nested(below, path.subList(1, path.size()), text));
        return out;
    }

    /** Applies the kinds; what does not fit becomes a problem. */
    Map<String, Configuration.Held> held() {
        Map<String, Configuration.Held> out = new LinkedHashMap<>();
        raw.forEach((key, found) -> setting(key).ifPresent(setting -> {
            Object written = (setting.kind() == Kind.TEXT || setting.kind() == Kind.HOST || setting.kind() == Kind.OWN_HOST) && found.text().isPresent() ? found.text().get() : found.value();
            Optional<?> value = setting.kind().reader().apply(written);
            if (value.isPresent()) out.put(key, new Configuration.Held(value.get(), found.source(), found.told().values(), found.told().keys()));
            else problems.add(misfit(setting, written, found.source()));
        }));
        return out;
    }

    private static Problem misfit(Setting<?> setting, Object written, Source source) {
        String shown = setting.secret() ? "***" : written.toString();
        String from = source instanceof Source.InFile ? "" : " (" + source + ")";
        Problem problem = Problem.of("bad-setting",
                setting.key() + ": " + shown + from + " (expected: " + setting.kind().expected() + ")", "");
        return source instanceof Source.InFile(Location place) ? problem.at(place) : problem;
    }

    private static Problem unknown(String key, List<String> candidates) {
        String hint = Names.nearest(key, candidates).map(near -> "did you mean " + near + "?")
                .orElse("concierge config show lists what there is");
        return Problem.of("unknown-setting", key + ": no such setting", hint);
    }

    private Optional<Setting<?>> setting(String key) {
        for (Setting<?> setting : known) if (setting.key().equals(key)) return Optional.of(setting);
        return Optional.empty();
    }

    private boolean isGroup(String key) {
        return known.stream().anyMatch(setting -> setting.key().startsWith(key + "."));
    }

    private String members(String group) {
        List<String> found = keys().stream().filter(key -> key.startsWith(group + ".")).toList();
        return "settings in it: " + String.join(", ", found);
    }

    private List<String> keysAndGroups() {
        List<String> all = new ArrayList<>(keys());
        for (String key : keys()) {
            int dot = key.lastIndexOf('.');
            if (dot > 0 && !all.contains(key.substring(0, dot))) all.add(key.substring(0, dot));
        }
        return all;
    }

    private List<String> keys() {
        return known.stream().<String>map(Setting::key).toList();
    }
}
