package concierge.json;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A JSON value as programs read it that live for a tenth of a second: {@link Json#mapper()} and its nodes take
 * nearly as long to load. Reads and prints as the mapper does; asking for what is not there, or is of another
 * kind, gives the fallback. Not to be changed.
 */
public final class JsonTree {
    static final JsonTree NULL = new JsonTree(null);
    private static final JsonTree MISSING = new JsonTree(null);
    private static final String INDENT = "  ";

    /** A map, list, text, Boolean, Long, Double or BigInteger; null for null and what is missing. */
    private final @Nullable Object value;

    JsonTree(@Nullable Object value) {
        this.value = value;
    }

    /** @throws MalformedJsonException when the text is no JSON */
    public static JsonTree read(String text) {
        return new JsonReader(text).whole();
    }

    public static JsonTree missing() {
        return MISSING;
    }

    /** The member of that name; missing where there is none. */
    public JsonTree path(String name) {
        return fields().getOrDefault(name, MISSING);
    }

    public boolean has(String name) {
        return fields().containsKey(name);
    }

    public String asString(String fallback) {
        boolean plain = value instanceof String || value instanceof Number || value instanceof Boolean;
        return plain ? String.valueOf(value) : fallback;
    }

    public int asInt(int fallback) {
        return Math.toIntExact(asLong(fallback));
    }

    public long asLong(long fallback) {
        return value instanceof Number number ? number.longValue() : fallback;
    }

    public boolean asBoolean(boolean fallback) {
        return value instanceof Boolean truth ? truth : fallback;
    }

    /** The elements of a list or the members of an object; none of anything else. */
    public List<JsonTree> values() {
        return isArray() ? elements() : List.copyOf(fields().values());
    }

    public Set<Map.Entry<String, JsonTree>> properties() {
        return fields().entrySet();
    }

    /** The same object, with only those elements in its list of that name. */
    public JsonTree only(String list, Predicate<JsonTree> wanted) {
        Map<String, JsonTree> copy = new LinkedHashMap<>(fields());
        copy.put(list, new JsonTree(path(list).values().stream().filter(wanted).toList()));
        return new JsonTree(copy);
    }

    public int size() {
        return isArray() ? elements().size() : fields().size();
    }

    public boolean isEmpty() {
        return size() == 0;
    }

    public boolean isMissing() {
        return this == MISSING;
    }

    public boolean isObject() {
        return value instanceof Map;
    }

    public boolean isArray() {
        return value instanceof List;
    }

    public boolean isString() {
        return value instanceof String;
    }

    public boolean isNumber() {
        return value instanceof Number;
    }

    @SuppressWarnings("unchecked") // only the reader makes maps
    private Map<String, JsonTree> fields() {
        return value instanceof Map ? (Map<String, JsonTree>) value : Map.of();
    }

    @SuppressWarnings("unchecked") // only the reader makes lists
    private List<JsonTree> elements() {
        return value instanceof List ? (List<JsonTree>) value : List.of();
    }

    /** As JSON, in one line without spaces. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder();
        print(out, Optional.empty());
        return out.toString();
    }

    /** As JSON, a member a line. */
    public String toPrettyString() {
        StringBuilder out = new StringBuilder();
        print(out, Optional.of(""));
        return out.toString();
    }

    /** @param margin of the line that this begins in; empty: all in one line */
    private void print(StringBuilder out, Optional<String> margin) {
        if (isObject()) object(out, margin);
        else if (isArray()) array(out, margin);
        else if (value instanceof String text) quote(out, text);
        // JSON has no infinity.
        else if (value instanceof Double number && number.isInfinite()) quote(out, number.toString());
        else out.append(value);
    }

    private void object(StringBuilder out, Optional<String> margin) {
        out.append('{');
        Optional<String> inner = margin.map(before -> before + INDENT);
        for (Iterator<Map.Entry<String, JsonTree>> all = fields().entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<String, JsonTree> field = all.next();
            inner.ifPresent(before -> out.append('\n').append(before));
            quote(out, field.getKey());
            out.append(margin.isPresent() ? " : " : ":");
            field.getValue().print(out, inner);
            if (all.hasNext()) out.append(',');
            else margin.ifPresent(before -> out.append('\n').append(before));
        }
        if (isEmpty() && margin.isPresent()) out.append(' ');
        out.append('}');
    }

    private void array(StringBuilder out, Optional<String> margin) {
        String space = margin.isPresent() ? " " : "";
        out.append('[').append(space);
        for (Iterator<JsonTree> all = elements().iterator(); all.hasNext(); ) {
            all.next().print(out, margin);
            if (all.hasNext()) out.append(',').append(space);
        }
        if (!isEmpty()) out.append(space);
        out.append(']');
    }

    private static void quote(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < ' ') out.append(String.format("\\u%04X", (int) c));
                    else out.append(c);
                }
            }
        }
        out.append('"');
    }
}
