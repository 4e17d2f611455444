package concierge.cli.program;

import concierge.cli.client.Exit;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Misuse;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Table;
import concierge.cli.terminal.Table.Cell;
import concierge.cli.terminal.Table.Column;
import concierge.config.Configuration;
import concierge.json.Json;
import concierge.json.JsonTree;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code config show}: what a server started from here and now would have, or what the one that runs has. */
public final class ConfigCommand extends Command {
    @Parameters(arity = "0..1", paramLabel = "show", description = "the only thing it does")
    String action = "show";

    @Option(names = "--server", description = "of the server that runs, instead of one started now")
    boolean server;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "as if given to the server")
    Map<String, String> settings = new LinkedHashMap<>();

    @Option(names = "--json", description = "as JSON")
    boolean json;

    public ConfigCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        if (!action.equals("show")) throw Misuse.unknown("config", action, "action", List.of("show"));
        JsonTree all = server ? api().read("/v1/config") : JsonTree.read(Json.write(local()));
        if (json) {
            terminal().line(all.toPrettyString());
            return Exit.OK;
        }
        // A description that is cut off says nothing; without it the rest has room.
        Table full = table(all, true);
        (full.fits(terminal()) ? full : table(all, false)).print(terminal());
        return Exit.OK;
    }

    private static Table table(JsonTree all, boolean described) {
        Table table = new Table(Column.left("SETTING"), Column.shrinking("VALUE"), Column.shrinking("FROM"), Column.shrinking("WHAT IT IS"));
        for (JsonTree setting : all.values()) {
            String source = setting.path("source").asString("");
            boolean usual = source.equals("default");
            table.row(new Cell(setting.path("key").asString(""), Ink.bold), new Cell(shown(setting.path("value")), usual ? Ink.plain : Ink.green),
                    new Cell(source, usual ? Ink.faint : Ink.cyan), new Cell(described ? setting.path("help").asString("") : "", Ink.faint));
        }
        return table;
    }

    private List<Map<String, Object>> local() {
        return ServerStart.configuration(context, settings).show().stream().map(Configuration.Shown::fields).toList();
    }

    private static String shown(JsonTree value) {
        if (value.isArray()) return value.isEmpty() ? "[]" : value.toString().replace("\"", "").replace(",", ", ");
        return value.isString() ? value.asString("") : value.toString();
    }
}
