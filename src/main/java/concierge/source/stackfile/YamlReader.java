package concierge.source.stackfile;

import concierge.model.Location;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Text to {@link Node}s, from the parser's events: the depth is bounded before anything recurses, every
 * value keeps its place, aliases cost what they expand to, and duplicate keys are all told.
 */
final class YamlReader {
    /** A stack file needs 6 levels. */
    static final int MAX_DEPTH = 32;

    /** With aliases followed; the largest honest file has a few thousand values. */
    static final int MAX_VALUES = 100_000;

    private static final String TAG_PREFIX = "tag:yaml.org,2002:";
    private static final List<String> TAGS = List.of("str", "int", "float", "bool", "null", "seq", "map");

    private final String text;
    private final Findings findings;
    private final Map<Anchor, Optional<Node>> anchors = new HashMap<>();

    YamlReader(String text, Findings findings) {
        this.text = text;
        this.findings = findings;
    }

    /** Ends the reading: what follows cannot be understood. The problem is told already. */
    private static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1;

        Unreadable() {
            super(null, null, false, false);
        }
    }

    /** Empty: not readable, or nothing there; the findings say which. */
    Optional<Node> read() {
        try {
            Iterator<Event> events = new Parse(LoadSettings.builder().setLabel("stack file").build()).parseString(text).iterator();
            return document(events);
        } catch (MarkedYamlEngineException e) {
            Location at = e.getProblemMark().or(e::getContextMark).map(this::location).orElse(findings.at(0, 0));
            findings.problem("syntax", at, "not YAML: " + described(e), hint(e.getProblem()));
        } catch (ReaderException e) {
            String before = text.substring(0, Math.clamp(e.getPosition(), 0, text.length()));
            int line = (int) before.chars().filter(c -> c == '\n').count();
            String character = String.format("U+%04X", e.getCodePoint());
            findings.problem("syntax", findings.at(line, before.length() - before.lastIndexOf('\n') - 1),
                    "not YAML: the character " + character + " is not allowed", "remove it, or write it escaped in double quotes");
        } catch (YamlEngineException e) {
            findings.problem("syntax", findings.at(0, 0), "not YAML: " + Findings.shown(String.valueOf(e.getMessage())), "");
        } catch (Unreadable _) {
            return Optional.empty();
        }
        return Optional.empty();
    }

    /** The parser's own words, save for the mistake that everybody makes once. */
    private static String described(MarkedYamlEngineException e) {
        return e.getProblem().contains("(TAB)") ? "a tab stands where only blanks may" : Findings.shown(e.getProblem()) + context(e);
    }

    private Optional<Node> document(Iterator<Event> events) throws Unreadable {
        Optional<Node> root = Optional.empty();
        while (events.hasNext()) {
            Event event = events.next();
            if (event instanceof DocumentStartEvent) {
                if (root.isPresent()) {
                    findings.problem("syntax", location(event), "a second document begins here (expected: one)", "remove the ---");
                    return Optional.empty();
                }
                root = Optional.of(node(events.next(), events, 0));
            }
        }
        return root;
    }

    private Node node(Event event, Iterator<Event> events, int depth) throws Unreadable {
        Location at = location(event);
        if (depth > MAX_DEPTH) throw unreadable("too-deep", at, "nested deeper than " + MAX_DEPTH + " levels");
        return switch (event) {
            case ScalarEvent scalar -> anchored(scalar.getAnchor(), scalar(scalar, at));
            case SequenceStartEvent start -> {
                start.getAnchor().ifPresent(anchor -> anchors.put(anchor, Optional.empty()));
                checkTag(start.getTag(), at);
                yield anchored(start.getAnchor(), items(events, at, depth));
            }
            case MappingStartEvent start -> {
                start.getAnchor().ifPresent(anchor -> anchors.put(anchor, Optional.empty()));
                checkTag(start.getTag(), at);
                yield anchored(start.getAnchor(), fields(events, at, depth));
            }
            case AliasEvent alias -> aliased(alias.getAlias(), at);
            default -> throw unreadable("syntax", at, "not YAML: unexpected " + event.getEventId());
        };
    }

    private Node.Scalar scalar(ScalarEvent event, Location at) {
        checkTag(event.getTag(), at);
        boolean plain = event.isPlain() && !event.getTag().equals(Optional.of(TAG_PREFIX + "str"));
        return new Node.Scalar(event.getValue(), plain, event.getScalarStyle() == ScalarStyle.LITERAL, at);
    }

    private Node items(Iterator<Event> events, Location at, int depth) throws Unreadable {
        List<Node> items = new ArrayList<>();
        long size = 1;
        for (Event event = events.next(); event.getEventId() != Event.ID.SequenceEnd; event = events.next()) {
            Node item = node(event, events, depth + 1);
            size = grown(size, item, at);
            items.add(item);
        }
        return new Node.Items(items, at, size);
    }

    private Node fields(Iterator<Event> events, Location at, int depth) throws Unreadable {
        Map<String, Node.Field> fields = new LinkedHashMap<>();
        List<Node> merges = new ArrayList<>();
        long size = 1;
        for (Event event = events.next(); event.getEventId() != Event.ID.MappingEnd; event = events.next()) {
            Node key = node(event, events, depth + 1);
            Node value = node(events.next(), events, depth + 1);
            size = grown(size, value, at);
            if (!(key instanceof Node.Scalar scalar)) {
                findings.problem("wrong-type", key.at(), key.shown() + " as a key (expected: a word)", "");
            } else if (scalar.plain() && scalar.text().equals("<<")) {
                merges.add(value);
            } else {
                Node.Field field = new Node.Field(scalar.text(), key.at(), value);
                Node.Field before = fields.putIfAbsent(field.key(), field);
                if (before != null) {
                    findings.problem("duplicate-key", key.at(), Findings.shown(field.key()) + ": the key is there twice",
                            "the first one is in line " + before.keyAt().line());
                }
            }
        }
        for (Node merge : merges) merge(merge, fields);
        return new Node.Fields(List.copyOf(fields.values()), at, size);
    }

    /** {@code <<: *base}: its keys count where the mapping has none of that name. */
    private void merge(Node from, Map<String, Node.Field> fields) {
        List<Node> sources = from instanceof Node.Items list ? list.items() : List.of(from);
        for (Node source : sources) {
            if (source instanceof Node.Fields mapping) {
                for (Node.Field field : mapping.fields()) fields.putIfAbsent(field.key(), field);
            } else {
                findings.wrongType(source, "<<", "a mapping, or a list of mappings");
            }
        }
    }

    private Node aliased(Anchor alias, Location at) throws Unreadable {
        Optional<Node> target = anchors.get(alias);
        if (target == null) throw unreadable("syntax", at, "*" + alias.getValue() + ": no anchor of that name before it");
        if (target.isEmpty()) throw unreadable("syntax", at, "*" + alias.getValue() + ": contains itself");
        return target.get();
    }

    private Node anchored(Optional<Anchor> anchor, Node node) {
        anchor.ifPresent(name -> anchors.put(name, Optional.of(node)));
        return node;
    }

    private long grown(long size, Node by, Location at) throws Unreadable {
        long sum = size + by.size();
        if (sum > MAX_VALUES) throw unreadable("too-large", at, "more than " + MAX_VALUES + " values, aliases followed");
        return sum;
    }

    private void checkTag(Optional<String> tag, Location at) {
        tag.filter(name -> !name.equals("!") && !(name.startsWith(TAG_PREFIX) && TAGS.contains(name.substring(TAG_PREFIX.length()))))
                .ifPresent(name -> findings.problem("syntax", at, "unknown tag " + Findings.shown(name), "remove it"));
    }

    private Unreadable unreadable(String code, Location at, String message) {
        findings.problem(code, at, message, "");
        return new Unreadable();
    }

    private Location location(Event event) {
        return event.getStartMark().map(this::location).orElse(findings.at(0, 0));
    }

    private Location location(Mark mark) {
        return findings.at(mark.getLine(), mark.getColumn());
    }

    private static String context(MarkedYamlEngineException e) {
        return e.getContext() == null || e.getContext().isBlank() ? "" : ", " + Findings.shown(e.getContext());
    }

    private static String hint(String problem) {
        if (problem.contains("TAB") || problem.contains("\\t")) return "indent with spaces, not with tabs";
        if (problem.contains("mapping values are not allowed")) return "indent the line as its neighbours, or quote a text with \": \" in it";
        if (problem.contains("cannot start any token")) return "put the text in quotes";
        return "";
    }
}
