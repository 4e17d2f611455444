package concierge.cli.change;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Misuse;
import concierge.cli.terminal.Cells;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Table;
import concierge.cli.terminal.Table.Cell;
import concierge.cli.terminal.Table.Column;
import concierge.json.JsonTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code host cordon|uncordon|drain|forget NAME}. */
public final class HostCommand extends Command {
    @Parameters(index = "0", paramLabel = "cordon|uncordon|drain|forget", description = "keep new instances away; let them come again; move away what runs there, too; give up what waits for a host that is gone")
    String action = "";

    @Parameters(index = "1", paramLabel = "NAME", description = "as concierge hosts names it")
    String name = "";

    @Option(names = "--json", description = "the answer as JSON")
    boolean json;

    @Option(names = "--dry-run", description = "drain: show what would move, and change nothing")
    boolean dryRun;

    public HostCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        if (dryRun && !action.equals("drain")) throw new Failure(Exit.USAGE, "--dry-run: " + action + " (expected: drain)", "concierge drain " + name + " --dry-run");
        return switch (action) {
            case "cordon" -> done(api().post(Api.path("v1", "hosts", name, "cordon"), Map.of("drain", false)), name + " takes no new instances");
            case "drain" -> drain();
            case "uncordon" -> done(api().delete(Api.path("v1", "hosts", name, "cordon")), name + " takes instances again");
            case "forget" -> {
                JsonTree answer = api().delete(Api.path("v1", "hosts", name));
                List<String> released = new ArrayList<>();
                for (JsonTree instance : answer.path("instances").values()) released.add(instance.asString(""));
                yield done(answer, "forgot " + name + (released.isEmpty() ? "" : ", released " + String.join(", ", released)));
            }
            default -> throw Misuse.unknown("host", action, "action", List.of("cordon", "uncordon", "drain", "forget"));
        };
    }

    private int drain() {
        Api api = api();
        JsonTree plan = api.read(Api.path("v1", "hosts", name, "drain"));
        if (dryRun && json) terminal().line(plan.toPrettyString());
        if (dryRun && !json) show(plan);
        if (dryRun) return Exit.OK;
        JsonTree answer = api.post(Api.path("v1", "hosts", name, "cordon"), Map.of("drain", true));
        long leaving = plan.path("leaving").asLong(0);
        int exit = done(answer, leaving == 0 ? "nothing has to leave " + name
                : (leaving == 1 ? "1 instance leaves " : leaving + " instances leave ") + name + "; concierge hosts shows how far it is");
        for (JsonTree stays : plan.path("stays").values()) {
            terminal().note(terminal().paintError(Ink.yellow, "! ") + stays.path("instance").asString("") + " stays: " + Cells.tame(stays.path("because").asString("")), 2);
        }
        return exit;
    }

    /** The steps in their order: the successor first, where that can be. */
    private void show(JsonTree plan) {
        Table table = new Table(Column.left("STEP"), Column.left("INSTANCE"), Column.left("DOES"), Column.shrinking("BECAUSE"));
        for (JsonTree step : plan.path("steps").values()) {
            table.row(Cell.of(step.path("kind").asString("")), Cell.of(step.path("subject").asString("")), Cell.of(step.path("text").asString("")),
                    new Cell(Cells.tame(step.path("reason").asString("")), Ink.faint));
        }
        for (JsonTree stays : plan.path("stays").values()) {
            table.row(new Cell("stays", Ink.yellow), Cell.of(stays.path("instance").asString("")), Cell.of(""), Cell.of(Cells.tame(stays.path("because").asString(""))));
        }
        boolean any = plan.path("steps").size() + plan.path("stays").size() > 0;
        if (any) table.print(terminal());
        terminal().note(any ? "nothing has been changed" + (plan.path("complete").asBoolean(true) ? "" : "; it goes on") : "nothing runs on " + name);
    }

    private int done(JsonTree answer, String text) {
        if (json) terminal().line(answer.toPrettyString());
        terminal().note(terminal().paintError(Ink.green, "✓") + " " + text);
        return Exit.OK;
    }
}
