package concierge.source.stackfile;

import concierge.model.EngineOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code dockerargs}: each word checked against what executors map; {@code --name value} becomes {@code --name=value}. */
final class OptionsReader {
    private static final List<String> ALL = Stream.concat(EngineOptions.VALUED.stream(), EngineOptions.FLAGS.stream()).toList();

    private static final String NETWORK = "network";

    private final Section section;
    private final Findings findings;
    private final List<String> options = new ArrayList<>();

    OptionsReader(Section section, Findings findings) {
        this.section = section;
        this.findings = findings;
    }

    EngineOptions read() {
        List<Word> words = new ArrayList<>();
        for (Section.Item item : section.items("dockerargs")) {
            Optional<String> text = section.text(item.node(), item.path());
            text.ifPresent(value -> addWords(item, value, words));
        }
        for (int i = 0; i < words.size(); i++) {
            boolean tookNext = take(words.get(i), i + 1 < words.size() ? Optional.of(words.get(i + 1)) : Optional.empty());
            if (tookNext) i++;
        }
        // A stack's services have the stack's network.
        if (section.knows(NETWORK)) section.text(NETWORK).ifPresent(this::network);
        return new EngineOptions(options);
    }

    private void network(String name) {
        if (options.stream().anyMatch(option -> option.startsWith("--network="))) {
            findings.problem("conflict", section.at(NETWORK), section.path(NETWORK) + ": means the same as --network in dockerargs (expected: one of them)", "");
        }
        options.add("--network=" + name);
    }

    private record Word(String text, Section.Item item) {}

    private void addWords(Section.Item item, String text, List<Word> words) {
        switch (ShellWords.split(text)) {
            case ShellWords.Result.Split(List<String> split) -> split.forEach(word -> words.add(new Word(word, item)));
            case ShellWords.Result.Unbalanced(int at, char quote) -> findings.unexpected(
                    item.node().at(), item.path(), quote + " at character " + (at + 1) + " has no end", "balanced quotes");
        }
    }

    /** Whether the following word was its value. */
    private boolean take(Word word, Optional<Word> next) {
        int equals = word.text().indexOf('=');
        String name = equals < 0 ? word.text() : word.text().substring(0, equals);
        if (EngineOptions.FLAGS.contains(name)) {
            if (equals < 0 || word.text().substring(equals).equals("=true")) options.add(name);
            else if (!word.text().substring(equals).equals("=false")) unexpected(word, name + " alone");
            return false;
        }
        if (!EngineOptions.VALUED.contains(name)) {
            findings.unknown("unknown-option", word.item().node().at(), word.item().path(), "option", name, ALL);
            // what follows was meant as its value
            return name.startsWith("-") && equals < 0 && next.isPresent() && !next.get().text().startsWith("-");
        }
        if (equals >= 0 && equals + 1 < word.text().length()) {
            options.add(word.text());
            return false;
        }
        if (equals < 0 && next.isPresent() && !next.get().text().startsWith("--")) {
            options.add(name + "=" + next.get().text());
            return true;
        }
        unexpected(word, name + "=VALUE");
        return false;
    }

    private void unexpected(Word word, String expected) {
        findings.unexpected(word.item().node().at(), word.item().path(), Findings.shown(word.text()), expected);
    }
}
