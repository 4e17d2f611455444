package concierge.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads one TOML value, as environment variables carry them: texts, numbers, flags, lists, inline tables
 * (TOML 1.0, without dates and texts of several lines).
 */
final class Toml {
    /** Deeper values are a mistake or an attack on the stack. */
    private static final int DEPTH = 64;

    private final String text;
    private int at;
    private int depth;

    private Toml(String text) {
        this.text = text;
    }

    /** The value, or null when the text is none; callers then take the text itself. */
    static @Nullable Object read(String text) {
        Toml parser = new Toml(text);
        try {
            Object value = parser.value();
            parser.blanks();
            return parser.at == text.length() ? value : null;
        } catch (NotToml e) {
            return null;
        }
    }

    /** Inline pairs without braces ({@code a=1, b.c=2}), as {@code @merge} takes them; null when they are none. */
    static @Nullable Map<String, Object> pairs(String text) {
        return read("{" + text + "}") instanceof Map<?, ?> map && !map.isEmpty() ? texted(map) : null;
    }

    private Object value() {
        blanks();
        if (at == text.length()) throw new NotToml();
        return switch (text.charAt(at)) {
            case '"' -> quoted();
            case '\'' -> literal();
            case '[' -> list();
            case '{' -> table();
            default -> bare();
        };
    }

    private String quoted() {
        StringBuilder out = new StringBuilder();
        for (at++; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                return out.toString();
            }
            if (c == '\\') escape(out);
            else out.append(c);
        }
        throw new NotToml();
    }

    private void escape(StringBuilder out) {
        if (++at == text.length()) throw new NotToml();
        switch (text.charAt(at)) {
            case 'b' -> out.append('\b');
            case 't' -> out.append('\t');
            case 'n' -> out.append('\n');
            case 'f' -> out.append('\f');
            case 'r' -> out.append('\r');
            case '"' -> out.append('"');
            case '\\' -> out.append('\\');
            case 'u' -> out.appendCodePoint(codePoint(4));
            case 'U' -> out.appendCodePoint(codePoint(8));
            default -> throw new NotToml();
        }
    }

    private int codePoint(int digits) {
        int end = at + 1 + digits;
        if (end > text.length()) throw new NotToml();
        String hex = text.substring(at + 1, end);
        at = end - 1;
        if (!hex.matches("[0-9A-Fa-f]+")) throw new NotToml();
        long point = Long.parseLong(hex, 16);
        if (point > Character.MAX_CODE_POINT) throw new NotToml();
        return (int) point;
    }

    private String literal() {
        int end = text.indexOf('\'', at + 1);
        if (end < 0) throw new NotToml();
        String found = text.substring(at + 1, end);
        at = end + 1;
        return found;
    }

    private List<Object> list() {
        enter();
        List<Object> found = new ArrayList<>();
        while (!skip(']')) {
            found.add(value());
            if (!skip(',') && !next(']')) throw new NotToml();
        }
        depth--;
        return found;
    }

    private Map<String, Object> table() {
        enter();
        Map<String, Object> found = new LinkedHashMap<>();
        while (!skip('}')) {
            pair(found);
            if (!skip(',') && !next('}')) throw new NotToml();
        }
        depth--;
        return found;
    }

    private void pair(Map<String, Object> into) {
        List<String> path = new ArrayList<>();
        do {
            path.add(key());
            blanks();
        } while (skip('.'));
        if (!skip('=')) throw new NotToml();
        Object value = value();
        Map<String, Object> place = into;
        for (String step : path.subList(0, path.size() - 1)) {
            if (!(place.computeIfAbsent(step, _ -> new LinkedHashMap<String, Object>()) instanceof Map<?, ?> inner)) {
                throw new NotToml();
            }
            place = texted(inner);
        }
        if (place.put(path.getLast(), value) != null) throw new NotToml();
    }

    private String key() {
        blanks();
        if (at < text.length() && text.charAt(at) == '"') return quoted();
        if (at < text.length() && text.charAt(at) == '\'') return literal();
        int start = at;
        while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || "_-".indexOf(text.charAt(at)) >= 0)) at++;
        if (at == start) throw new NotToml();
        return text.substring(start, at);
    }

    private Object bare() {
        int start = at;
        while (at < text.length() && ",]} \t\n\r".indexOf(text.charAt(at)) < 0) at++;
        String word = text.substring(start, at);
        if (word.equals("true")) return true;
        if (word.equals("false")) return false;
        String digits = word.replaceAll("(?<=[0-9A-Fa-f])_(?=[0-9A-Fa-f])", "");
        try {
            if (digits.matches("[+-]?(0|[1-9][0-9]*)")) return Long.valueOf(digits);
            if (digits.matches("0x[0-9A-Fa-f]+")) return Long.valueOf(digits.substring(2), 16);
            if (digits.matches("0o[0-7]+")) return Long.valueOf(digits.substring(2), 8);
            if (digits.matches("0b[01]+")) return Long.valueOf(digits.substring(2), 2);
        } catch (NumberFormatException e) {
            throw new NotToml(); // more digits than 64 bits hold: a text, then
        }
        if (digits.matches("[+-]?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")) return Double.valueOf(digits);
        if (digits.matches("[+-]?inf")) return digits.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        if (digits.matches("[+-]?nan")) return Double.NaN;
        throw new NotToml();
    }

    private boolean next(char c) {
        blanks();
        return at < text.length() && text.charAt(at) == c;
    }

    private void enter() {
        at++;
        if (++depth > DEPTH) throw new NotToml();
    }

    private boolean skip(char c) {
        if (!next(c)) return false;
        at++;
        return true;
    }

    private void blanks() {
        while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) at++;
    }

    @SuppressWarnings("unchecked") // tables are made here, with text keys
    private static Map<String, Object> texted(Map<?, ?> map) {
        return (Map<String, Object>) map;
    }

    /** The text is no TOML value; never leaves this class. */
    private static final class NotToml extends RuntimeException {
        NotToml() {
            super(null, null, false, false);
        }
    }
}
