package concierge.config;

import concierge.model.Parsed;
import concierge.model.Problem;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Every setting with its value and where that came from: an option wins over an environment variable,
 * that over the file, that over the default. Immutable.
 *
 * <p>Variables are {@code CONCIERGE_} and the key in upper case, {@code __} between its parts; their
 * values, and those of options, are read by {@link Dynamic}.
 */
public final class Configuration {
    static final String PREFIX = "CONCIERGE_";

    private final Map<String, Held> held;
    private final List<Setting<?>> known;

    /** @param value what the setting's {@link Kind} made of it */
    record Held(Object value, Source source) {}

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
     * Reads the program's settings: file {@code config.yml} in the home, this environment, these options
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
        Path file = home(environment, options).configuration();
        try {
            layers.file(file.toString(), Files.readString(file));
        } catch (NoSuchFileException e) {
            // No file is the usual case: everything has a default.
        } catch (IOException e) {
            problems.add(Problem.of("bad-configuration", "cannot read " + file + ": " + e.getMessage(), ""));
        }
        layers.environment(environment);
        layers.options(options);
        Map<String, Held> held = layers.held();
        return problems.isEmpty()
                ? new Parsed.Good<>(new Configuration(known, held), List.of())
                : new Parsed.Bad<>(problems);
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

    public Home home() {
        return new Home(Home.expand(value(Settings.HOME)));
    }

    /** Every setting, in declared order. */
    public List<Shown> show() {
        List<Shown> out = new ArrayList<>();
        for (Setting<?> setting : known) {
            Object value = setting.secret() && held.containsKey(setting.key()) ? "***" : value(setting);
            out.add(new Shown(setting.key(), value, source(setting).toString(), setting.fallback(), setting.help()));
        }
        return out;
    }
}
