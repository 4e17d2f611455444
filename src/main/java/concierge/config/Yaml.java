package concierge.config;

import concierge.model.Location;
import concierge.model.Problem;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** The configuration file as nodes with their places, and plain values made of them. */
final class Yaml {
    /** Deeper nesting is a mistake; an alias inside its own anchor would never end. */
    private static final int DEPTH = 64;

    private final String file;

    Yaml(String file) {
        this.file = file;
    }

    /** The root mapping; empty for an empty file; what is wrong goes into {@code problems}. */
    Optional<MappingNode> root(String text, List<Problem> problems) {
        try {
            LoadSettings settings = LoadSettings.builder().setLabel(file).setAllowDuplicateKeys(true).build();
            Optional<Node> node = new Compose(settings).composeString(text);
            if (node.isEmpty() || node.get().getTag().equals(Tag.NULL)) return Optional.empty();
            if (node.get() instanceof MappingNode mapping) {
                duplicates("", mapping, problems, Collections.newSetFromMap(new IdentityHashMap<>()));
                return Optional.of(mapping);
            }
            problems.add(Problem.of("bad-configuration", "the file is " + kind(node.get()) + " (expected: a table of settings)", "")
                    .at(place(node.get())));
        } catch (MarkedYamlEngineException e) {
            problems.add(Problem.of("bad-configuration", "no YAML: " + e.getProblem(), "")
                    .at(place(e.getProblemMark())));
        } catch (YamlEngineException e) {
            problems.add(Problem.of("bad-configuration", "no YAML: " + e.getMessage(), "").at(new Location(file, 1, 1)));
        }
        return Optional.empty();
    }

    /** @param seen what was looked at already, through an alias */
    private void duplicates(String above, Node node, List<Problem> problems, Set<Node> seen) {
        if (!seen.add(node)) return;
        if (node instanceof SequenceNode sequence) sequence.getValue().forEach(item -> duplicates(above, item, problems, seen));
        if (!(node instanceof MappingNode mapping)) return;
        Map<String, Location> keys = new LinkedHashMap<>();
        for (NodeTuple pair : mapping.getValue()) {
            String path = above + key(pair);
            Location place = place(pair.getKeyNode());
            Location before = keys.putIfAbsent(path, place);
            if (before != null) problems.add(Problem.of("duplicate-key", path + ": given twice, first in line " + before.line(), "").at(place));
            duplicates(path + ".", pair.getValueNode(), problems, seen);
        }
    }

    Location place(Node node) {
        return place(node.getStartMark());
    }

    private Location place(Optional<Mark> mark) {
        return mark.map(at -> new Location(file, at.getLine() + 1, at.getColumn() + 1)).orElse(new Location(file, 1, 1));
    }

    static String key(NodeTuple pair) {
        return pair.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "?";
    }

    static String kind(Node node) {
        return switch (node.getNodeType()) {
            case SCALAR -> "a value";
            case SEQUENCE -> "a list";
            case MAPPING -> "a table";
            case ANCHOR -> "an alias";
        };
    }

    /** Where the values inside of a table stand, by their paths. */
    Map<String, Location> places(Node node) {
        Map<String, Location> out = new LinkedHashMap<>();
        addPlaces("", node, out, 0);
        return out;
    }

    private void addPlaces(String path, Node node, Map<String, Location> out, int depth) {
        if (depth <= DEPTH && node instanceof MappingNode mapping && !mapping.getValue().isEmpty()) {
            for (NodeTuple pair : mapping.getValue()) {
                addPlaces(path.isEmpty() ? key(pair) : path + "." + key(pair), pair.getValueNode(), out, depth + 1);
            }
        } else {
            out.put(path, place(node));
        }
    }

    /** Where the keys inside of a table stand, by their paths. */
    Map<String, Location> keys(Node node) {
        Map<String, Location> out = new LinkedHashMap<>();
        addKeys("", node, out, 0);
        return out;
    }

    private void addKeys(String above, Node node, Map<String, Location> out, int depth) {
        if (depth > DEPTH || !(node instanceof MappingNode mapping)) return;
        for (NodeTuple pair : mapping.getValue()) {
            out.put(above + key(pair), place(pair.getKeyNode()));
            addKeys(above + key(pair) + ".", pair.getValueNode(), out, depth + 1);
        }
    }

    static Object value(Node node) {
        return value(node, 0);
    }

    private static Object value(Node node, int depth) {
        if (depth > DEPTH) throw new IllegalArgumentException("at most " + DEPTH + " levels");
        if (node instanceof MappingNode mapping) {
            Map<String, Object> out = new LinkedHashMap<>();
            for (NodeTuple pair : mapping.getValue()) out.put(key(pair), value(pair.getValueNode(), depth + 1));
            return out;
        }
        if (node instanceof SequenceNode sequence) {
            List<Object> out = new ArrayList<>();
            for (Node element : sequence.getValue()) out.add(value(element, depth + 1));
            return out;
        }
        return scalar((ScalarNode) node);
    }

    private static Object scalar(ScalarNode node) {
        String text = node.getValue();
        if (node.getTag().equals(Tag.BOOL)) return text.equalsIgnoreCase("true");
        if (node.getTag().equals(Tag.INT) && text.matches("[+-]?[0-9]{1,18}")) return Long.valueOf(text);
        if (node.getTag().equals(Tag.FLOAT) && text.matches("[-+]?[0-9.]+([eE][-+]?[0-9]+)?")) return Double.valueOf(text);
        return text;
    }
}
