package concierge.source.stackfile;

import concierge.model.Names;
import concierge.model.SecretFile;
import concierge.model.Volume;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** {@code secrets}: names of stored secrets, or {@code {source: db_password, target: /run/secrets/db, mode: 0400}}. One use. */
final class SecretsReader {
    private static final List<String> KEYS = List.of("source", "target", "mode");
    private static final String NAME = "the name of a secret: 1 to 63 letters, digits, _ . or -";
    private static final String TARGET = "a file's name, alone or directly in " + SecretFile.FOLDER;

    /** As people write modes: octal, whatever YAML makes of it; nobody writes to a secret. */
    private static final Pattern MODE = Pattern.compile("(?:0o?)?([0-7]{3})");

    private static final int READ = 0444;

    private final Section section;
    private final Places.Notes places;
    private final Findings findings;
    private final List<SecretFile> secrets = new ArrayList<>();

    SecretsReader(Section section, Places.Notes places, Findings findings) {
        this.section = section;
        this.places = places;
        this.findings = findings;
    }

    /** @param volumes of the service: none may cover the secrets' folder */
    List<SecretFile> read(List<Volume> volumes) {
        for (Section.Item item : section.items("secrets")) {
            if (item.node() instanceof Node.Fields) Section.of(item.node(), item.path(), KEYS, findings).ifPresent(entry -> read(item, entry));
            else section.text(item.node(), item.path()).ifPresent(name -> add(item, name, name, Optional.empty()));
        }
        boolean covered = volumes.stream().anyMatch(volume -> volume.container().equals(SecretFile.FOLDER));
        if (covered && !secrets.isEmpty()) {
            findings.problem("conflict", section.at("secrets"), section.path("secrets") + ": with a volume at " + SecretFile.FOLDER
                    + " (expected: one of them)", "");
        }
        return secrets;
    }

    private void read(Section.Item item, Section entry) {
        Optional<String> source = entry.text("source");
        if (!entry.has("source")) {
            findings.problem("missing-key", entry.at(), entry.path("source") + ": missing (expected: the name of a secret)", "");
        }
        Optional<String> target = entry.has("target") ? entry.text("target").flatMap(text -> target(entry, text)) : source;
        Optional<Integer> mode = mode(entry);
        if (source.isPresent() && target.isPresent()) add(item, source.get(), target.get(), mode);
    }

    private Optional<String> target(Section entry, String text) {
        String prefix = SecretFile.FOLDER + "/";
        String name = text.startsWith(prefix) ? text.substring(prefix.length()) : text;
        if (Names.isPart(name)) return Optional.of(name);
        findings.unexpected(entry.find("target").map(Node::at).orElse(entry.at()), entry.path("target"), Findings.shown(text), TARGET);
        return Optional.empty();
    }

    private Optional<Integer> mode(Section entry) {
        String expected = "read permissions in octal, as 0400 or 0444";
        Optional<String> text = entry.word("mode", expected);
        Optional<Integer> mode = text.map(MODE::matcher).filter(matcher -> matcher.matches()).map(matcher -> Integer.parseInt(matcher.group(1), 8))
                .filter(bits -> bits != 0 && (bits & ~READ) == 0);
        if (text.isPresent() && mode.isEmpty()) {
            findings.unexpected(entry.find("mode").map(Node::at).orElse(entry.at()), entry.path("mode"), Findings.shown(text.get()), expected);
        }
        return mode;
    }

    private void add(Section.Item item, String source, String target, Optional<Integer> mode) {
        if (!Names.isPart(source)) {
            findings.unexpected(item.node().at(), item.path(), Findings.shown(source), NAME);
        } else if (secrets.stream().anyMatch(secret -> secret.target().equals(target))) {
            findings.unexpected(item.node().at(), item.path(), Findings.shown(target) + " a second time", "each file once");
        } else {
            places.note("secrets." + source, item.node().at());
            secrets.add(new SecretFile(source, target, mode, Optional.empty()));
        }
    }
}
