package concierge.source.stackfile;

import concierge.model.Location;
import concierge.model.Parsed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** A service that is defined elsewhere than in a stack file: as plain values, of which others know where each was written. */
public final class Definition {
    private final Function<String, Location> values;
    private final Function<String, Location> keys;

    private Definition(Function<String, Location> values, Function<String, Location> keys) {
        this.values = values;
        this.keys = keys;
    }

    /**
     * Checks it as a stack file's service is.
     *
     * @param path of the definition, which those of its values begin with: {@code types.restream}
     * @param values where the value of a path stands; also asked of what is in lists: {@code types.restream.run[0]}
     * @param keys where the key of a path stands
     */
    public static Parsed<StackService> read(
            String name, String path, Map<?, ?> definition, Dialect dialect, Function<String, Location> values, Function<String, Location> keys) {
        Findings findings = new Findings("", "");
        Node node = new Definition(values, keys).node(path, definition);
        Optional<StackService> service = new ServiceReader(new Node.Field(name, keys.apply(path), node), path, "", dialect, findings).read();
        if (service.isPresent() && !findings.any()) return new Parsed.Good<>(service.get(), findings.warnings());
        return new Parsed.Bad<>(findings.problems());
    }

    private Node node(String path, Object value) {
        return switch (value) {
            case Map<?, ?> table -> table(path, table);
            case List<?> list -> list(path, list);
            case String text -> new Node.Scalar(text, false, false, values.apply(path));
            default -> new Node.Scalar(value.toString(), true, false, values.apply(path));
        };
    }

    private Node table(String path, Map<?, ?> table) {
        List<Node.Field> fields = new ArrayList<>();
        long size = 1;
        for (Map.Entry<?, ?> entry : table.entrySet()) {
            String inner = path + "." + entry.getKey();
            Node value = node(inner, entry.getValue());
            size += value.size();
            fields.add(new Node.Field(entry.getKey().toString(), keys.apply(inner), value));
        }
        return new Node.Fields(fields, keys.apply(path), size);
    }

    private Node list(String path, List<?> list) {
        List<Node> items = new ArrayList<>();
        long size = 1;
        for (Object item : list) {
            Node value = node(path + "[" + items.size() + "]", item);
            size += value.size();
            items.add(value);
        }
        return new Node.Items(items, values.apply(path), size);
    }
}
