package concierge.cli.queue;

import concierge.cli.command.Times;
import concierge.cli.terminal.Cells;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Table;
import concierge.cli.terminal.Table.Cell;
import concierge.cli.terminal.Table.Column;
import concierge.cli.terminal.Terminal;
import concierge.json.JsonTree;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What the API says of the tasks of a queue, for people. */
final class TaskList {
    private final Terminal terminal;
    private final Instant now;

    TaskList(Terminal terminal, Instant now) {
        this.terminal = terminal;
        this.now = now;
    }

    void show(JsonTree all) {
        String endpoint = all.path("endpoint").asString("");
        List<JsonTree> tasks = all.path("tasks").values();
        if (endpoint.isEmpty()) note("no queue: portier.endpoint is not set, so no task is claimed" + (tasks.isEmpty() ? "" : ", and what was claimed before is not given back"));
        if (all.path("drained").asBoolean(false)) {
            note((all.path("idle").asBoolean(false) ? "drained: no task is claimed" : "being drained: no task is claimed, and what runs is stopped and given back") + "; concierge portier resume claims again");
        }
        String trouble = all.path("trouble").asString("");
        if (!trouble.isEmpty()) note(Cells.tame(trouble));
        if (tasks.isEmpty()) terminal.note(terminal.paintError(Ink.faint, "no tasks" + (endpoint.isEmpty() ? "" : " of " + endpoint + " as " + all.path("identity").asString(""))));
        else claimed(tasks);
        unclaimed(all.path("unclaimed").values(), all.path("more").asInt(0), !tasks.isEmpty());
    }

    private void note(String text) {
        terminal.note(terminal.paintError(Ink.yellow, "! ") + text, 2);
    }

    private void claimed(List<JsonTree> tasks) {
        boolean told = tasks.stream().anyMatch(task -> !progress(task).isEmpty());
        List<Column> columns = new ArrayList<>(List.of(Column.left("TASK"), Column.left("TYPE"), Column.left("STATE"), Column.left("SINCE"), Column.left("HOST"), Column.right("RESTARTS")));
        if (told) columns.add(Column.left("PROGRESS"));
        columns.add(Column.shrinking("REASON"));
        Table table = new Table(columns.toArray(Column[]::new));
        for (JsonTree task : tasks) {
            List<Cell> cells = new ArrayList<>(List.of(new Cell(task.path("task").asString(""), Ink.bold), Cell.of(task.path("type").asString("")), state(task.path("state").asString("")),
                    Cell.of(Times.age(task.path("since").asString(""), now)), Cell.of(task.path("host").asString("")), Cell.of(task.path("restarts").asString("0"))));
            String progress = progress(task);
            if (told) cells.add(Cell.of(progress));
            cells.add(new Cell(said(task, !progress.isEmpty()), Ink.faint));
            table.row(cells.toArray(Cell[]::new));
        }
        table.print(terminal);
    }

    private void unclaimed(List<JsonTree> tasks, int more, boolean below) {
        if (tasks.isEmpty()) return;
        if (below) terminal.line("");
        Table table = new Table(Column.left("NOT CLAIMED"), Column.left("TYPE"), Column.shrinking("BECAUSE"));
        for (JsonTree task : tasks) {
            String again = again(task.path("again").asString(""));
            table.row(new Cell(task.path("task").asString(""), Ink.bold), Cell.of(task.path("type").asString("")), new Cell(task.path("reason").asString("") + again, Ink.faint));
        }
        table.print(terminal);
        if (more > 0) terminal.line(terminal.paint(Ink.faint, "and " + more + " more"));
    }

    private String again(String at) {
        try {
            return at.isEmpty() ? "" : "; tried again in " + Math.max(0, Duration.between(now, Instant.parse(at)).toSeconds()) + "s";
        } catch (DateTimeException e) {
            return "; tried again at " + at;
        }
    }

    /** What its worker said of how it comes along, and how long ago; empty: nothing. */
    private String progress(JsonTree task) {
        String all = task.path("progress").path("values").properties().stream().map(value -> value.getKey() + " " + value.getValue().asString("")).collect(Collectors.joining(", "));
        return all.isEmpty() ? "" : all + ", " + Times.age(task.path("progress").path("at").asString(""), now) + " ago";
    }

    /** Why it is as it is, or else what it said last, where that is no progress. */
    private static String said(JsonTree task, boolean told) {
        String reason = task.path("reason").asString("");
        List<JsonTree> log = task.path("lastLog").values();
        return Cells.tame(reason.isEmpty() && !told && !log.isEmpty() ? log.getLast().asString("") : reason);
    }

    private static Cell state(String state) {
        return switch (state) {
            case "ready", "running" -> new Cell("● " + state, Ink.green);
            case "failed", "lost" -> new Cell("✗ " + state, Ink.red);
            default -> new Cell("○ " + state, Ink.yellow);
        };
    }
}
