package concierge.cli.look;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Times;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Table;
import concierge.cli.terminal.Table.Cell;
import concierge.cli.terminal.Table.Column;
import concierge.json.JsonTree;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import picocli.CommandLine.Option;

/** {@code audit}: who changed what. */
public final class AuditCommand extends Command {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

    @Option(names = "--since", paramLabel = "AGO", description = "not older than 30s, 10m, 2h, 3d, or a time")
    String since = "";

    @Option(names = "--json", description = "as JSON")
    boolean json;

    public AuditCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        JsonTree all = api().read(Api.query("/v1/audit", "since", Times.since(since)));
        if (json) {
            terminal().line(all.toPrettyString());
            return Exit.OK;
        }
        if (all.isEmpty()) {
            terminal().note(terminal().paintError(Ink.faint, since.isEmpty() ? "nothing was changed yet" : "nothing was changed since then"));
            return Exit.OK;
        }
        Table table = new Table(Column.left("WHEN"), Column.left("WHO"), Column.left("FROM"), Column.left("WHAT"), Column.left("TARGET"), Column.shrinking("OUTCOME"));
        for (JsonTree entry : all.values()) {
            String outcome = entry.path("outcome").asString("");
            table.row(new Cell(TIME.format(Instant.parse(entry.path("at").asString("1970-01-01T00:00:00Z"))), Ink.faint), new Cell(entry.path("who").asString(""), Ink.bold),
                    new Cell(entry.path("from").asString(""), Ink.faint), Cell.of(entry.path("action").asString("")), Cell.of(entry.path("target").asString("")),
                    outcome.equals("done") ? Cell.of(outcome) : new Cell(outcome, Ink.red));
        }
        table.print(terminal());
        return Exit.OK;
    }
}
