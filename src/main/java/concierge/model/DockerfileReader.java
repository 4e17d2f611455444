package concierge.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Splits a Dockerfile into instructions: directives, comments, continued lines, heredocs. One use. */
final class DockerfileReader {
    private static final Pattern DIRECTIVE = Pattern.compile("#\\s*([A-Za-z]+)\\s*=\\s*(.*?)\\s*");
    private static final Pattern HEREDOC = Pattern.compile("<<(-?)\\s*([\"']?)([A-Za-z_][\\w.]*)\\2");
    private static final List<String> WITH_HEREDOC = List.of("RUN", "COPY", "ADD");

    private final String[] lines;
    private final List<Dockerfile.Instruction> instructions = new ArrayList<>();
    private char escape = '\\';
    private int at;

    DockerfileReader(String text) {
        lines = text.split("\n", -1);
    }

    List<Dockerfile.Instruction> instructions() {
        readDirectives();
        while (at < lines.length) {
            String line = lines[at].strip();
            if (line.isEmpty() || line.startsWith("#")) at++;
            else readInstruction();
        }
        return instructions;
    }

    /** Directives count only at the very top, before any comment or blank line. */
    private void readDirectives() {
        while (at < lines.length) {
            Matcher matcher = DIRECTIVE.matcher(lines[at].strip());
            if (!matcher.matches()) return;
            if (matcher.group(1).equalsIgnoreCase("escape") && matcher.group(2).equals("`")) escape = '`';
            at++;
        }
    }

    private void readInstruction() {
        int first = at;
        StringBuilder joined = new StringBuilder();
        boolean more = true;
        while (more && at < lines.length) {
            String line = lines[at++].stripTrailing();
            // comments and blank lines inside a continued instruction are dropped, as Docker does
            if (at - 1 > first && (line.isBlank() || line.stripLeading().startsWith("#"))) continue;
            more = !line.isEmpty() && line.charAt(line.length() - 1) == escape;
            joined.append(more ? line.substring(0, line.length() - 1) : line);
        }
        String instruction = joined.toString().strip();
        int space = 0;
        while (space < instruction.length() && !Character.isWhitespace(instruction.charAt(space))) space++;
        String keyword = instruction.substring(0, space).toUpperCase(Locale.ROOT);
        String arguments = instruction.substring(space).strip();
        if (WITH_HEREDOC.contains(keyword)) skipHeredocs(arguments);
        instructions.add(new Dockerfile.Instruction(keyword, arguments, first, at));
    }

    private void skipHeredocs(String arguments) {
        Matcher heredoc = HEREDOC.matcher(arguments);
        while (heredoc.find()) {
            boolean tabs = !heredoc.group(1).isEmpty();
            int end = at;
            while (end < lines.length && !isTerminator(lines[end], heredoc.group(3), tabs)) end++;
            // without its terminator it is no heredoc for us: a shell's << in one line
            if (end < lines.length) at = end + 1;
        }
    }

    private static boolean isTerminator(String line, String word, boolean tabs) {
        String text = tabs ? line.replaceFirst("^\t+", "") : line;
        return text.equals(word) || text.equals(word + "\r");
    }
}
