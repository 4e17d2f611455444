package concierge.archive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The patterns of a {@code .dockerignore}, with the meaning Docker gives them: one a line, {@code #} in the
 * first column begins a comment, {@code *} and {@code ?} stay within a name, {@code **} spans names, a match
 * of a folder is a match of all in it, {@code !} takes back, the last match wins. Immutable.
 */
public final class IgnoreFile {
    public static final String NAME = ".dockerignore";

    /** Ignores nothing: what a site folder is packed with. */
    public static final IgnoreFile NONE = new IgnoreFile(List.of());

    /** Patterns are matched against every file: more than this is a generated list, and slow. */
    private static final int MAX_BYTES = 1 << 20;

    private final List<Rule> rules;

    private record Rule(boolean keeps, String text, Pattern pattern) {
        /** The part of the pattern without any special character, up to a whole name. */
        String plainPrefix() {
            int special = 0;
            while (special < text.length() && "*?[\\".indexOf(text.charAt(special)) < 0) special++;
            return special == text.length() ? text : text.substring(0, text.lastIndexOf('/', special) + 1);
        }
    }

    private IgnoreFile(List<Rule> rules) {
        this.rules = List.copyOf(rules);
    }

    /** That of a folder; {@link #NONE} where it has none. */
    public static IgnoreFile of(Path folder) throws IOException {
        Path file = folder.resolve(NAME);
        if (!Files.isRegularFile(file)) return NONE;
        if (Files.size(file) > MAX_BYTES) throw new ArchiveException(file + ": larger than " + MAX_BYTES + " bytes");
        return parse(new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.UTF_8));
    }

    /** @throws ArchiveException names the line of a pattern that cannot be read */
    public static IgnoreFile parse(String text) throws ArchiveException {
        List<Rule> rules = new ArrayList<>();
        int number = 0;
        for (String line : (text.startsWith("\uFEFF") ? text.substring(1) : text).split("\r?\n", -1)) {
            number++;
            if (line.startsWith("#")) continue;
            String pattern = line.strip();
            if (pattern.isEmpty()) continue;
            boolean keeps = pattern.startsWith("!");
            if (keeps) pattern = pattern.substring(1).strip();
            if (pattern.isEmpty()) throw new ArchiveException(NAME + ":" + number + ": ! alone (expected: ! and a pattern)");
            String clean = clean(pattern);
            if (clean.equals(".")) continue;
            rules.add(new Rule(keeps, clean, IgnorePattern.compile(clean, NAME + ":" + number)));
        }
        return rules.isEmpty() ? NONE : new IgnoreFile(rules);
    }

    /** Whether a path (relative, {@code /} between names) is left out. */
    public boolean ignores(String path) {
        boolean ignored = false;
        for (Rule rule : rules) {
            // a rule that would not change the verdict need not be asked
            if (rule.keeps() == ignored && matches(rule, path)) ignored = !rule.keeps();
        }
        return ignored;
    }

    /** Whether something below an ignored folder may be taken back, so that one has to look. */
    boolean mayKeepBelow(String folder) {
        String prefix = folder + "/";
        for (Rule rule : rules) {
            if (!rule.keeps()) continue;
            String plain = rule.plainPrefix();
            if (plain.startsWith(prefix) || prefix.startsWith(plain)) return true;
        }
        return false;
    }

    private static boolean matches(Rule rule, String path) {
        for (int end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
            if (rule.pattern().matcher(path.substring(0, end)).matches()) return true;
        }
        return rule.pattern().matcher(path).matches();
    }

    /** Without {@code .}, doubled and outer slashes, and with {@code ..} applied, lexically. */
    private static String clean(String pattern) {
        List<String> names = new ArrayList<>();
        for (String name : pattern.split("/")) {
            if (name.isEmpty() || name.equals(".")) continue;
            boolean up = name.equals("..");
            if (up && !names.isEmpty() && !names.getLast().equals("..")) names.removeLast();
            else if (!up || !pattern.startsWith("/")) names.add(name);
        }
        return names.isEmpty() ? "." : String.join("/", names);
    }
}
