package concierge.cli.command;

import concierge.cli.terminal.Cells;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Terminal;
import concierge.model.Location;
import concierge.model.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Shows problems and warnings to a person: what, where with the line itself and a caret, what to do. */
public final class Report {
    private final Terminal terminal;
    private final Function<String, @Nullable String> texts;

    /** @param texts the text of a file by the name that locations use; null when it is not known */
    public Report(Terminal terminal, Function<String, @Nullable String> texts) {
        this.terminal = terminal;
        this.texts = texts;
    }

    /** @param folder where relative names begin */
    public Report(Terminal terminal, Path folder) {
        this(terminal, file -> readable(folder, file));
    }

    private static @Nullable String readable(Path folder, String file) {
        try {
            Path path = folder.resolve(file);
            return Files.isRegularFile(path) ? Files.readString(path) : null;
        } catch (java.io.IOException | java.nio.file.InvalidPathException e) {
            return null; // the line is a help; without it the message still stands
        }
    }

    public void errors(List<Problem> problems) {
        for (Problem problem : problems) show("error", Ink.boldRed, problem);
    }

    public void warning(Problem problem) {
        show("warning", Ink.yellow, problem);
    }

    private void show(String kind, Ink ink, Problem problem) {
        String where = problem.location().map(place -> place.line() > 0 ? place + ": " : place.file() + ": ").orElse("");
        List<String> lines = problem.message().strip().lines().toList();
        String first = lines.isEmpty() ? "" : Cells.tame(lines.getFirst());
        terminal.note(terminal.paintError(ink, kind + ":") + " " + terminal.paintError(Ink.bold, where) + first, 2);
        problem.location().ifPresent(this::source);
        // What a program said stands as it was said.
        for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) terminal.note(terminal.paintError(Ink.faint, "  │ ") + Cells.tame(line));
        if (!problem.hint().isEmpty()) terminal.note(terminal.paintError(Ink.cyan, "  hint:") + " " + Cells.tame(problem.hint()), 8);
    }

    private void source(Location place) {
        String text = texts.apply(place.file());
        if (text == null || place.line() < 1) return;
        List<String> lines = text.lines().toList();
        if (place.line() > lines.size()) return;
        String line = Cells.tame(lines.get(place.line() - 1)).stripTrailing();
        String number = Integer.toString(place.line());
        int before = Math.min(Math.max(0, place.column() - 1), line.length());
        String blanks = " ".repeat(Cells.width(line.substring(0, before)));
        terminal.note(Cells.fit(terminal.paintError(Ink.faint, "  " + number + " │ ") + line, terminal.errorWidth()));
        terminal.note(terminal.paintError(Ink.faint, "  " + " ".repeat(number.length()) + " │ ") + blanks + terminal.paintError(Ink.boldRed, "^"));
    }
}
