package concierge.cli.queue;

import concierge.cli.client.Exit;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Misuse;
import concierge.cli.command.Roles;
import concierge.cli.command.Times;
import concierge.cli.program.ServerStart;
import concierge.cli.terminal.Cells;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Table;
import concierge.cli.terminal.Table.Cell;
import concierge.cli.terminal.Table.Column;
import concierge.config.Configuration;
import concierge.config.Settings;
import concierge.json.JsonTree;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code portier}: claims tasks of a queue, in the foreground; or says what it runs, and gives it back. */
public final class PortierCommand extends Command {
    /** Where the queue is called so, as beside it in one network. */
    private static final String ENDPOINT = "http://portier:8080";

    @Parameters(arity = "0..1", paramLabel = "tasks|types|drain|resume", description = "what runs, how each type is run, give everything back, or claim again")
    String action = "";

    @Option(names = "--endpoint", paramLabel = "URL", description = "the queue; short for --set portier.endpoint=URL")
    String endpoint = "";

    @Option(names = "--identity", paramLabel = "ID", description = "who we are there; short for --set portier.identity=ID")
    String identity = "";

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "a setting, over environment and file: --set portier.interval=5s")
    Map<String, String> settings = new LinkedHashMap<>();

    @Option(names = "--json", description = "as JSON")
    boolean json;

    public PortierCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        return switch (action) {
            case "" -> serve();
            case "tasks" -> tasks();
            case "types" -> types();
            case "drain" -> done(api().post("/v1/portier/drain", Map.of()), "tasks are stopped and given back; concierge portier resume claims again");
            case "resume" -> done(api().delete("/v1/portier/drain"), "tasks are claimed again");
            default -> throw Misuse.unknown("portier", action, "action", List.of("tasks", "types", "drain", "resume"));
        };
    }

    private int serve() {
        Map<String, String> all = new LinkedHashMap<>(settings);
        if (!endpoint.isEmpty()) all.put(Settings.PORTIER_ENDPOINT.key(), endpoint);
        if (!identity.isEmpty()) all.put(Settings.PORTIER_IDENTITY.key(), "@str " + identity);
        Configuration configuration = ServerStart.configuration(context, all);
        if (configuration.value(Settings.PORTIER_ENDPOINT).isEmpty()) {
            all.put(Settings.PORTIER_ENDPOINT.key(), ENDPOINT);
            configuration = ServerStart.configuration(context, all);
        }
        return context.roles().serve(Roles.Role.portier, configuration);
    }

    private int done(JsonTree answer, String said) {
        if (json) terminal().line(answer.toPrettyString());
        else terminal().note(terminal().paintError(Ink.green, "✓") + " " + said);
        return Exit.OK;
    }

    private int types() {
        JsonTree all = api().read("/v1/portier/types");
        if (json) {
            terminal().line(all.toPrettyString());
            return Exit.OK;
        }
        Table table = new Table(Column.left("TYPE"), Column.left("KEY"), Column.shrinking("VALUE"), Column.shrinking("FROM"));
        String last = "";
        for (JsonTree value : all.values()) {
            String type = value.path("type").asString("");
            JsonTree held = value.path("value");
            table.row(new Cell(type.equals(last) ? "" : type, Ink.bold), Cell.of(value.path("key").asString("")),
                    Cell.of(held.isString() ? held.asString("") : held.toString()), new Cell(value.path("from").asString(""), Ink.faint));
            last = type;
        }
        table.print(terminal());
        return Exit.OK;
    }

    private int tasks() {
        JsonTree all = api().read("/v1/portier/tasks");
        if (json) {
            terminal().line(all.toPrettyString());
            return Exit.OK;
        }
        if (all.path("drained").asBoolean(false)) terminal().note(terminal().paintError(Ink.yellow, "! ") + "drained: no task is claimed; concierge portier resume claims again");
        if (all.path("tasks").isEmpty()) {
            terminal().note(terminal().paintError(Ink.faint, "no tasks"));
            return Exit.OK;
        }
        Instant now = Instant.now();
        List<JsonTree> tasks = all.path("tasks").values();
        boolean told = tasks.stream().anyMatch(task -> !progress(task, now).isEmpty());
        List<Column> columns = new ArrayList<>(List.of(Column.left("TASK"), Column.left("TYPE"), Column.left("STATE"), Column.left("SINCE"), Column.left("HOST"), Column.right("RESTARTS")));
        if (told) columns.add(Column.left("PROGRESS"));
        columns.add(Column.shrinking("REASON"));
        Table table = new Table(columns.toArray(Column[]::new));
        for (JsonTree task : tasks) {
            List<Cell> cells = new ArrayList<>(List.of(new Cell(task.path("task").asString(""), Ink.bold), Cell.of(task.path("type").asString("")), state(task.path("state").asString("")),
                    Cell.of(Times.age(task.path("since").asString(""), now)), Cell.of(task.path("host").asString("")), Cell.of(task.path("restarts").asString("0"))));
            String progress = progress(task, now);
            if (told) cells.add(Cell.of(progress));
            cells.add(new Cell(said(task, !progress.isEmpty()), Ink.faint));
            table.row(cells.toArray(Cell[]::new));
        }
        table.print(terminal());
        return Exit.OK;
    }

    /** What its worker said of how it comes along, and how long ago; empty: nothing. */
    private static String progress(JsonTree task, Instant now) {
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
