package concierge.source.stackfile;

import concierge.model.Location;
import concierge.model.Names;
import concierge.model.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects the problems of one file, and keeps their places inside it. One thread. */
final class Findings {
    /** Who has more than these has another problem; also what keeps a hostile file from filling memory. */
    static final int MAX_PROBLEMS = 100;

    /** As much of a value as a line of a terminal shows beside the rest. */
    private static final int SHOWN = 60;

    /** Longer words are not slips of the keyboard, and comparing them costs. */
    private static final int LONGEST_GUESS = 64;

    private final String file;
    private final String[] lines;
    private final List<Problem> problems = new ArrayList<>();
    private final List<Problem> warnings = new ArrayList<>();
    private boolean cut;

    Findings(String file, String text) {
        this.file = file;
        this.lines = text.split("\r\n|\r|\n", -1);
    }

    /** A place by line and column from 0, moved into the file where a parser points past its end. */
    Location at(int line, int column) {
        int row = Math.clamp(line, 0, lines.length - 1);
        return new Location(file, row + 1, Math.clamp(column, 0, lines[row].length()) + 1);
    }

    /** The first thing on a line (from 0). */
    Location atLine(int line) {
        int row = Math.clamp(line, 0, lines.length - 1);
        int column = 0;
        while (column < lines[row].length() && Character.isWhitespace(lines[row].charAt(column))) column++;
        return at(row, column);
    }

    void problem(String code, Location at, String message, String hint) {
        add(problems, code, at, message, hint);
    }

    void warning(String code, Location at, String message, String hint) {
        add(warnings, code, at, message, hint);
    }

    /** The usual one: what stands there, and what should. */
    void unexpected(Location at, String path, String found, String expected) {
        problem("bad-value", at, path + ": " + found + " (expected: " + expected + ")", "");
    }

    void wrongType(Node node, String path, String expected) {
        String hint = node instanceof Node.Scalar scalar && (scalar.isNumber() || scalar.isFlag()) && expected.startsWith("a text")
                ? "write it in quotes"
                : "";
        problem("wrong-type", node.at(), path + ": " + node.shown() + " (expected: " + expected + ")", hint);
    }

    /** @param what is unknown: {@code key}, {@code service} */
    void unknown(String code, Location at, String path, String what, String word, List<String> known) {
        if (problems.size() >= MAX_PROBLEMS) {
            cut = true;
            return;
        }
        String hint = word.length() > LONGEST_GUESS
                ? ""
                : Elsewhere.hint(what, word, known).or(() -> Names.nearest(word, known).map(near -> "did you mean " + near + "?")).orElse("");
        problem(code, at, path + ": unknown " + what + " " + shown(word) + " (expected: " + list(known) + ")", hint);
    }

    boolean any() {
        return !problems.isEmpty();
    }

    List<Problem> problems() {
        problems.sort(BY_PLACE);
        if (!cut) return problems;
        List<Problem> all = new ArrayList<>(problems);
        all.add(Problem.of("more-problems", "there are more problems than the " + MAX_PROBLEMS + " shown", "correct these first"));
        return all;
    }

    List<Problem> warnings() {
        warnings.sort(BY_PLACE);
        return warnings;
    }

    static String shown(String text) {
        String line = text.replaceAll("[\\p{Cntrl}]+", "␤");
        return line.length() <= SHOWN ? line : line.substring(0, line.offsetByCodePoints(0, Math.min(SHOWN, line.codePointCount(0, line.length())))) + "…";
    }

    static String list(List<String> known) {
        if (known.isEmpty()) return "none is defined";
        return known.size() <= 12 ? String.join(", ", known) : String.join(", ", known.subList(0, 12)) + ", …";
    }

    private void add(List<Problem> to, String code, Location at, String message, String hint) {
        if (to.size() >= MAX_PROBLEMS) {
            cut |= to == problems;
            return;
        }
        Problem problem = Problem.of(code, message, hint).at(at);
        if (!to.contains(problem)) to.add(problem);
    }

    private static final Comparator<Problem> BY_PLACE = Comparator.comparingInt(Findings::line).thenComparingInt(Findings::column);

    private static int line(Problem problem) {
        return problem.location().map(Location::line).orElse(Integer.MAX_VALUE);
    }

    private static int column(Problem problem) {
        return problem.location().map(Location::column).orElse(Integer.MAX_VALUE);
    }
}
