package concierge.config;

import concierge.model.Location;
import concierge.model.Origin;
import concierge.model.Parsed;
import concierge.model.Problem;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Every setting with its value and where that came from: an option wins over an environment variable,
 * that over the files ({@code config.yml} over {@code defaults.yaml}), those over the default. Immutable.
 *
 * <p>Variables are {@code CONCIERGE_} and the key in upper case, {@code __} between its parts; their
 * values, and those of options, are read by {@link Dynamic}.
 */
public final class Configuration {
    static final String PREFIX = "CONCIERGE_";

    /** What its values are said to come from. */
    private static final String BUILT_IN = "built-in defaults.yaml";

    private final Map<String, Held> held;
    private final List<Setting<?>> known;

    /**
     * @param value what the setting's {@link Kind} made of it
     * @param inside where each value of a table came from
     * @param keys where each key of a table stands
     */
    record Held(Object value, Source source, Map<String, Source> inside, Map<String, Source> keys) {}

    /** One line of {@code config show}; a secret's value is {@code ***}, {@code default} is the word of the API. */
    public record Shown(String key, Object value, String source, Object fallback, String help) {
        /** With the API's names: {@code default} is no word for a Java field. */
        public Map<String, Object> fields() {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("key", key);
            fields.put("value", value);
            fields.put("source", source);
            fields.put("default", fallback);
            fields.put("help", help);
            return fields;
        }
    }

    Configuration(List<Setting<?>> known, Map<String, Held> held) {
        this.known = known;
        this.held = Map.copyOf(held);
    }

    /**
     * Reads the program's settings: files {@code defaults.yaml} and {@code config.yml} in the home, this environment, these options
     * ({@code key → value} as given to {@code --set}). Unknown keys and values that do not fit are
     * refused, all at once.
     */
    public static Parsed<Configuration> load(Map<String, String> environment, Map<String, String> options) {
        return load(Settings.ALL, environment, options);
    }

    static Parsed<Configuration> load(
            List<Setting<?>> known, Map<String, String> environment, Map<String, String> options) {
        List<Problem> problems = new ArrayList<>();
        Layers layers = new Layers(known, problems);
        if (known.contains(Settings.TYPES)) layers.file(BUILT_IN, builtIn());
        Home home = home(environment, options);
        file(home.defaults(), layers, problems);
        file(home.configuration(), layers, problems);
        layers.environment(environment);
        layers.options(options);
        Map<String, Held> held = layers.held();
        return problems.isEmpty()
                ? new Parsed.Good<>(new Configuration(known, held), List.of())
                : new Parsed.Bad<>(problems);
    }

    private static void file(Path file, Layers layers, List<Problem> problems) {
        try {
            layers.file(file.toString(), Files.readString(file));
        } catch (NoSuchFileException e) {
            // No file is the usual case: everything has a default.
        } catch (IOException e) {
            problems.add(Problem.of("bad-configuration", "cannot read " + file + ": " + e.getMessage(), ""));
        }
    }

    private static String builtIn() {
        try (InputStream resource = Configuration.class.getResourceAsStream("defaults.yaml")) {
            if (resource == null) throw new IllegalStateException("defaults.yaml is not beside " + Configuration.class);
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("the built-in defaults.yaml cannot be read", e);
        }
    }

    private static Home home(Map<String, String> environment, Map<String, String> options) {
        String option = options.getOrDefault(Settings.HOME.key(), "");
        return option.isBlank() ? Home.of(environment) : new Home(Home.expand(option));
    }

    @SuppressWarnings("unchecked") // the setting's own kind made the value
    public <T> T value(Setting<T> setting) {
        Held found = held.get(setting.key());
        return found == null ? setting.fallback() : (T) found.value();
    }

    public Source source(Setting<?> setting) {
        Held found = held.get(setting.key());
        return found == null ? Source.DEFAULT : found.source();
    }

    /** Where what is inside of a table came from. */
    public Origin.Table origins(Setting<Map<String, Object>> setting) {
        Held found = held.get(setting.key());
        return found == null ? Origin.Table.NONE : new Origin.Table(origins(found.inside()), origins(found.keys()));
    }

    private static Map<String, Origin> origins(Map<String, Source> sources) {
        Map<String, Origin> out = new LinkedHashMap<>();
        sources.forEach((path, source) -> out.put(path, source instanceof Source.InFile(Location location) ? Origin.in(location) : new Origin(source.toString(), Optional.empty())));
        return out;
    }

    public Home home() {
        return new Home(Home.expand(value(Settings.HOME)));
    }

    /** Every setting, in declared order. */
    public List<Shown> show() {
        List<Shown> out = new ArrayList<>();
        for (Setting<?> setting : known) {
            out.add(shown(setting));
        }
        return out;
    }

    private <T> Shown shown(Setting<T> setting) {
        var writer = setting.kind().writer();
        Object value = setting.secret() && held.containsKey(setting.key()) ? "***" : writer.apply(value(setting));
        return new Shown(setting.key(), value, source(setting).toString(), writer.apply(setting.fallback()), setting.help());
    }
}
