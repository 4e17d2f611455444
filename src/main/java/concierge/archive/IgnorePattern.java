package concierge.archive;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Turns one pattern of a {@code .dockerignore} into a regular expression: Go's {@code filepath.Match} plus
 * Docker's {@code **}.
 */
final class IgnorePattern {
    private final String glob;
    private final StringBuilder regex = new StringBuilder();
    private int at;

    private IgnorePattern(String glob) {
        this.glob = glob;
    }

    static Pattern compile(String glob, String where) throws ArchiveException {
        IgnorePattern pattern = new IgnorePattern(glob);
        try {
            while (pattern.at < glob.length()) pattern.next(where);
            return Pattern.compile(pattern.regex.toString(), Pattern.DOTALL);
        } catch (PatternSyntaxException _) {
            throw bad(where, glob);
        }
    }

    private void next(String where) throws ArchiveException {
        char c = glob.charAt(at++);
        switch (c) {
            case '*' -> star();
            case '?' -> regex.append("[^/]");
            case '[' -> characterClass(where);
            case '\\' -> {
                if (at == glob.length()) throw bad(where, glob);
                regex.append(Pattern.quote(String.valueOf(glob.charAt(at++))));
            }
            default -> regex.append(Pattern.quote(String.valueOf(c)));
        }
    }

    private void star() {
        if (at == glob.length() || glob.charAt(at) != '*') {
            regex.append("[^/]*");
            return;
        }
        at++;
        if (at == glob.length()) {
            regex.append(".*");
            return;
        }
        // "**/" also matches nothing at all, so that **/x finds x at the top
        if (glob.charAt(at) == '/') at++;
        regex.append("(.*/)?");
    }

    private void characterClass(String where) throws ArchiveException {
        int end = glob.indexOf(']', at + 1);
        if (end < 0) throw bad(where, glob);
        String body = glob.substring(at, end);
        boolean negated = body.startsWith("^");
        regex.append(negated ? "[^/" : "[");
        for (char c : (negated ? body.substring(1) : body).toCharArray()) {
            if ("[&^".indexOf(c) >= 0) regex.append('\\');
            regex.append(c);
        }
        regex.append(']');
        at = end + 1;
    }

    private static ArchiveException bad(String where, String glob) {
        return new ArchiveException(where + ": " + glob + " (expected: a pattern; a [ needs its ], a \\ something after it)");
    }
}
