package concierge.cli.look;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Times;
import concierge.cli.terminal.Cells;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Table;
import concierge.cli.terminal.Table.Cell;
import concierge.cli.terminal.Table.Column;
import concierge.json.JsonTree;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** {@code hosts}. */
public final class HostsCommand extends Command {
    @Option(names = "--json", description = "as JSON")
    boolean json;

    public HostsCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        Api api = api();
        JsonTree hosts = api.read("/v1/hosts");
        if (json) {
            terminal().line(hosts.toPrettyString());
            return Exit.OK;
        }
        Table table = new Table(Column.left("HOST"), Column.left("STATE"), Column.right("INSTANCES"), Column.right("CPU"), Column.right("MEMORY"),
                Column.left("RUNS"), Column.shrinking("TAGS"), Column.shrinking("ADDRESSES"));
        for (JsonTree host : hosts.values()) {
            table.row(new Cell(host.path("name").asString(""), Ink.bold), state(host),
                    Cell.of(host.path("instances").isArray() ? Integer.toString(host.path("instances").size()) : host.path("instances").asString("")),
                    Cell.of(isLost(host) ? "-" : cores(host)), Cell.of(isLost(host) ? "-" : memory(host)), Cell.of(joined(host.path("executors"))),
                    Cell.of(joined(host.path("tags"))), new Cell(host.path("nodes").values().isEmpty() ? joined(host.path("addresses")) : "", Ink.faint));
            for (JsonTree node : host.path("nodes").values()) node(table, node);
        }
        table.print(terminal());
        for (JsonTree host : hosts.values()) {
            for (JsonTree remark : host.path("remarks").values()) {
                terminal().note(terminal().paintError(Ink.yellow, "! ") + host.path("name").asString("") + ": " + Cells.tame(remark.asString("")), 2);
            }
        }
        tellAge(api);
        return Exit.OK;
    }

    /** A machine of a host that is a whole cluster. */
    private static void node(Table table, JsonTree node) {
        Cell state = node.path("usable").asBoolean(false) ? new Cell("● up", Ink.green) : new Cell("✗ " + node.path("said").asString("down"), Ink.red);
        table.row(Cell.of("  " + node.path("name").asString("")), state, Cell.of(""),
                new Cell(cores(node.path("capacity").path("cpuMillis").asLong(0)), Ink.faint),
                new Cell(Times.size(node.path("capacity").path("memoryBytes").asLong(0)), Ink.faint),
                new Cell(node.path("manager").asBoolean(false) ? "manager" : "", Ink.faint),
                Cell.of(joined(node.path("tags"))), new Cell(node.path("address").asString(""), Ink.faint));
    }

    private static boolean isLost(JsonTree host) {
        return host.path("lost").asBoolean(false);
    }

    private static Cell state(JsonTree host) {
        if (isLost(host)) return new Cell("✗ lost", Ink.red);
        if (host.path("draining").asBoolean(false)) return new Cell("○ draining", Ink.yellow);
        return host.path("cordoned").asBoolean(false) ? new Cell("○ cordoned", Ink.yellow) : new Cell("● up", Ink.green);
    }

    /** What services reserved, of what there is. */
    private static String cores(JsonTree host) {
        long used = host.path("usage").path("cpuMillis").asLong(0);
        long all = host.path("capacity").path("cpuMillis").asLong(0);
        return cores(used) + (all == 0 ? "" : " / " + cores(all));
    }

    private static String cores(long millis) {
        return millis % 1000 == 0 ? Long.toString(millis / 1000) : String.format(java.util.Locale.ROOT, "%.1f", millis / 1000.0);
    }

    private static String memory(JsonTree host) {
        long used = host.path("usage").path("memoryBytes").asLong(0);
        long all = host.path("capacity").path("memoryBytes").asLong(0);
        return (used == 0 ? "0" : Times.size(used)) + (all == 0 ? "" : " / " + Times.size(all));
    }

    private static String joined(JsonTree list) {
        List<String> words = new ArrayList<>();
        for (JsonTree word : list.values()) words.add(word.asString(""));
        return String.join(" ", words);
    }
}
