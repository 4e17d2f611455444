package concierge.source.stackfile;

import concierge.model.Location;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One mapping of the file, read key by key. Reading tells what is wrong and answers empty; unknown keys
 * are told when it is made.
 */
final class Section {
    private static final String UNQUOTE = "write it without quotes";

    private final String path;
    private final Findings findings;
    private final Location at;
    private final Dialect dialect;
    /** By the words of a stack file, whatever is written. */
    private final Map<String, Node.Field> fields = new LinkedHashMap<>();

    private Section(Node.Fields mapping, String path, Dialect dialect, Findings findings) {
        this.path = path;
        this.findings = findings;
        this.dialect = dialect;
        this.at = mapping.at();
        for (Node.Field field : mapping.fields()) {
            add(field);
            String why = dialect.absent().get(field.key());
            if (dialect.keys().contains(field.key())) continue;
            if (why == null) findings.unknown("unknown-key", field.keyAt(), path.isEmpty() ? "the file" : path, "key", field.key(), dialect.keys());
            else findings.problem("unknown-key", field.keyAt(), path + "." + field.key() + ": not here (expected: " + Findings.list(dialect.keys()) + ")", why);
        }
    }

    private void add(Node.Field field) {
        String word = dialect.words().getOrDefault(field.key(), field.key());
        Node.Field before = fields.putIfAbsent(word, field);
        if (before != null) same(field.keyAt(), path + "." + field.key(), before.key());
    }

    private void same(Location where, String second, String first) {
        findings.problem("conflict", where, second + ": means the same as " + first + " (expected: one of them)", "");
    }

    /** @param known every key that may stand here */
    static Optional<Section> of(Node node, String path, List<String> known, Findings findings) {
        return of(node, path, new Dialect(known, Map.of(), Map.of()), findings);
    }

    static Optional<Section> of(Node node, String path, Dialect dialect, Findings findings) {
        List<String> known = dialect.keys();
        if (node instanceof Node.Fields mapping) return Optional.of(new Section(mapping, path, dialect, findings));
        findings.wrongType(node, path, "a mapping with " + String.join(", ", known.subList(0, Math.min(3, known.size()))));
        return Optional.empty();
    }

    Location at() {
        return at;
    }

    boolean has(String key) {
        return fields.containsKey(key);
    }

    Location at(String key) {
        Node.Field field = fields.get(key);
        return field == null ? at : field.keyAt();
    }

    /** As it is written, where it is. */
    String path(String key) {
        Node.Field field = fields.get(key);
        String written = field == null ? key : field.key();
        return path.isEmpty() ? written : path + "." + written;
    }

    /** Whether it has a meaning here. */
    boolean knows(String key) {
        return dialect.keys().contains(key);
    }

    Optional<Node> find(String key) {
        return Optional.ofNullable(fields.get(key)).map(Node.Field::value);
    }

    /** Which of two names of one thing is used; both at once is told. */
    String eitherKey(String first, String second) {
        if (has(first) && has(second)) {
            same(at(second), path(second), first);
        }
        return has(first) ? first : second;
    }

    Optional<String> text(String key) {
        return find(key).flatMap(node -> text(node, path(key)));
    }

    /** A text, and nothing that YAML reads as something else. */
    Optional<String> text(Node node, String where) {
        if (node instanceof Node.Scalar scalar && !scalar.isNothing() && !scalar.isFlag() && !scalar.isNumber()) {
            if (!scalar.text().isBlank()) return Optional.of(scalar.text());
            findings.unexpected(scalar.at(), where, "an empty text", "a text");
            return Optional.empty();
        }
        findings.wrongType(node, where, "a text");
        return Optional.empty();
    }

    /** A text, or a number as it is written. */
    Optional<String> word(Node node, String where, String expected) {
        if (node instanceof Node.Scalar scalar && !scalar.isNothing() && !scalar.isFlag() && !scalar.text().isBlank()) {
            return Optional.of(scalar.text().strip());
        }
        findings.wrongType(node, where, expected);
        return Optional.empty();
    }

    Optional<String> word(String key, String expected) {
        return find(key).flatMap(node -> word(node, path(key), expected));
    }

    boolean flag(String key) {
        Optional<Node> node = find(key);
        if (node.isEmpty()) return false;
        if (node.get() instanceof Node.Scalar scalar && scalar.isFlag()) return scalar.text().equalsIgnoreCase("true");
        boolean old = node.get() instanceof Node.Scalar scalar && scalar.text().matches("(?i)yes|no|on|off");
        findings.problem("wrong-type", node.get().at(), path(key) + ": " + node.get().shown() + " (expected: true or false)",
                old ? "YAML 1.2 reads it as a text" : isQuoted(node.get(), "(?i)true|false") ? UNQUOTE : "");
        return false;
    }

    Optional<Integer> number(String key, int from, int to) {
        Optional<Node> node = find(key);
        if (node.isEmpty()) return Optional.empty();
        String expected = "a whole number from " + from + " to " + to;
        if (!(node.get() instanceof Node.Scalar scalar) || !scalar.plain() || scalar.isNothing()) {
            if (isQuoted(node.get(), "[0-9]+")) findings.problem("wrong-type", node.get().at(), path(key) + ": " + node.get().shown() + " (expected: " + expected + ")", UNQUOTE);
            else findings.wrongType(node.get(), path(key), expected);
            return Optional.empty();
        }
        Optional<Integer> number = Numbers.whole(scalar.text()).filter(value -> value >= from && value <= to);
        if (number.isEmpty()) findings.unexpected(scalar.at(), path(key), scalar.shown(), expected);
        return number;
    }

    private static boolean isQuoted(Node node, String pattern) {
        return node instanceof Node.Scalar scalar && !scalar.plain() && scalar.text().matches(pattern);
    }

    Optional<Duration> duration(String key, Duration from, Duration to) {
        String expected = "a duration from " + Numbers.shown(from) + " to " + Numbers.shown(to) + ", as 500ms, 10s, 1m30s";
        Optional<String> text = word(key, expected);
        Optional<Duration> duration = text.flatMap(Units::duration).filter(value -> value.compareTo(from) >= 0 && value.compareTo(to) <= 0);
        if (text.isPresent() && duration.isEmpty()) {
            findings.unexpected(find(key).map(Node::at).orElse(at), path(key), Findings.shown(text.get()), expected);
        }
        return duration;
    }

    /** One of some words. */
    Optional<String> oneOf(String key, List<String> words) {
        return find(key).flatMap(node -> oneOf(node, path(key), words));
    }

    Optional<String> oneOf(Node node, String where, List<String> words) {
        Optional<String> text = text(node, where);
        if (text.isEmpty() || words.contains(text.get())) return text;
        findings.unknown("bad-value", node.at(), where, "value", text.get(), words);
        return Optional.empty();
    }

    /** A value or a list of them, each with its place in the words of an error. */
    List<Item> items(String key) {
        Optional<Node> node = find(key);
        if (node.isEmpty()) return List.of();
        if (!(node.get() instanceof Node.Items list)) return List.of(new Item(node.get(), path(key)));
        List<Item> items = new ArrayList<>();
        for (Node item : list.items()) items.add(new Item(item, path(key) + "[" + items.size() + "]"));
        return items;
    }

    record Item(Node node, String path) {}

    /** Texts, one or a list, without repetitions. */
    List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        for (Item item : items(key)) {
            text(item.node(), item.path()).ifPresent(text -> {
                if (texts.contains(text)) findings.unexpected(item.node().at(), item.path(), Findings.shown(text) + " a second time", "each once");
                else texts.add(text);
            });
        }
        return texts;
    }

    /** A command: a list of its words, or a text that is split as a shell splits it. */
    Optional<List<String>> command(String key) {
        Optional<Node> node = find(key);
        if (node.isEmpty()) return Optional.empty();
        return node.get() instanceof Node.Items list ? words(key, list) : split(key, node.get());
    }

    private Optional<List<String>> words(String key, Node.Items list) {
        List<String> words = new ArrayList<>();
        for (Item item : items(key)) {
            if (item.node() instanceof Node.Scalar scalar && !(scalar.isNothing() && scalar.plain())) words.add(scalar.text());
            else findings.wrongType(item.node(), item.path(), "a word of the command");
        }
        if (list.items().isEmpty()) findings.unexpected(list.at(), path(key), "an empty list", "a command");
        return words.isEmpty() ? Optional.empty() : Optional.of(words);
    }

    private Optional<List<String>> split(String key, Node node) {
        Optional<String> text = text(node, path(key));
        if (text.isEmpty()) return Optional.empty();
        return switch (ShellWords.split(text.get())) {
            case ShellWords.Result.Split(List<String> words) -> Optional.of(words);
            case ShellWords.Result.Unbalanced(int index, char quote) -> {
                findings.problem("bad-value", node.at(),
                        path(key) + ": " + quote + " at character " + (index + 1) + " has no end (expected: balanced quotes)",
                        "close it, or write the command as a list");
                yield Optional.empty();
            }
        };
    }

    /** A mapping of texts, or a list of {@code KEY=VALUE}; numbers and true or false as they are written. */
    Map<String, Node.Scalar> pairs(String key) {
        Map<String, Node.Scalar> pairs = new LinkedHashMap<>();
        Optional<Node> node = find(key);
        if (node.isEmpty()) return pairs;
        if (node.get() instanceof Node.Fields mapping) {
            for (Node.Field field : mapping.fields()) {
                String where = path(key) + "." + Findings.shown(field.key());
                if (field.value() instanceof Node.Scalar scalar && !scalar.isNothing()) pairs.put(field.key(), scalar);
                else findings.problem("wrong-type", field.value().at(), where + ": " + field.value().shown() + " (expected: a text)",
                        field.value() instanceof Node.Scalar ? "write \"\" for an empty text" : "");
            }
            return pairs;
        }
        for (Item item : items(key)) pair(item, pairs);
        return pairs;
    }

    private void pair(Item item, Map<String, Node.Scalar> pairs) {
        if (!(item.node() instanceof Node.Scalar scalar) || scalar.text().indexOf('=') < 1) {
            findings.problem("wrong-type", item.node().at(), item.path() + ": " + item.node().shown() + " (expected: KEY=VALUE)",
                    "or write a mapping, KEY: value");
            return;
        }
        int equals = scalar.text().indexOf('=');
        Node.Scalar value = new Node.Scalar(scalar.text().substring(equals + 1), false, false, scalar.at());
        if (pairs.putIfAbsent(scalar.text().substring(0, equals), value) != null) {
            findings.problem("duplicate-key", scalar.at(), item.path() + ": " + Findings.shown(scalar.text()) + " is set twice (expected: each once)", "");
        }
    }
}
