package concierge.config;

import java.util.regex.Pattern;

/**
 * One thing that can be configured.
 *
 * @param key dotted lower-case words: {@code api.port}; the variable {@code CONCIERGE_API__PORT} sets it too
 * @param fallback what holds when nobody says otherwise
 * @param help one line for {@code config show}
 * @param secret whether the value must not be shown
 */
public record Setting<T>(String key, Kind<T> kind, T fallback, String help, boolean secret) {
    private static final Pattern KEY = Pattern.compile("[a-z][a-z0-9]*(\\.[a-z][a-z0-9]*)*");

    public Setting {
        if (!KEY.matcher(key).matches()) {
            throw new IllegalArgumentException("setting: " + key + " (expected: dotted lower-case words)");
        }
    }

    public Setting(String key, Kind<T> kind, T fallback, String help) {
        this(key, kind, fallback, help, false);
    }

    /** The environment variable that sets it. */
    public String variable() {
        return Configuration.PREFIX + key.replace(".", "__").toUpperCase(java.util.Locale.ROOT);
    }
}
