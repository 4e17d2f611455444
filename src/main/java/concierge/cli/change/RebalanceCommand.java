package concierge.cli.change;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.command.Ask;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Target;
import concierge.cli.terminal.Cells;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Table.Cell;
import concierge.cli.terminal.Table.Column;
import concierge.cli.terminal.Table;
import concierge.json.JsonTree;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rebalance}: what would move, then, when somebody agreed, that it moves. */
public final class RebalanceCommand extends Command {
    @Parameters(arity = "0..1", paramLabel = "STACK[/SERVICE]", description = "only of these; default: of all")
    String target = "";

    @Option(names = "--host", paramLabel = "HOST", description = "only to it, or away from it")
    String host = "";

    @Option(names = "--at-once", paramLabel = "N", description = "so many of a service at a time; default 1")
    int atOnce = 1;

    @Option(names = "--dry-run", description = "show what would move, and change nothing")
    boolean dryRun;

    @Option(names = {"-y", "--yes"}, description = "do not ask")
    boolean yes;

    @Option(names = "--no-wait", description = "do not wait until all of it has moved")
    boolean noWait;

    @Option(names = "--follow", description = "watch what was asked for before")
    boolean follow;

    @Option(names = "--cancel", description = "take back what has not moved yet")
    boolean cancel;

    @Option(names = "--json", description = "the plan, or the outcome, as JSON")
    boolean json;

    public RebalanceCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        if (atOnce < 1) throw new Failure(Exit.USAGE, "--at-once: " + atOnce + " (expected: ≥ 1)", "");
        if (cancel) return cancel();
        if (follow) return new Moves(api(), terminal()).follow(json);
        Target wanted = target.isEmpty() ? Target.ALL : Target.parse(target, context);
        if (wanted.n() > 0) throw new Failure(Exit.USAGE, target + ": one instance (expected: STACK or STACK/SERVICE)", "concierge rebalance " + wanted.stack() + "/" + wanted.service());
        Api api = api();
        JsonTree plan = api.read(Api.query(Api.path("v1", "rebalance"), "stack", wanted.stack(), "tag", wanted.tag(), "service", wanted.service(), "host", host));
        int count = plan.path("moves").size();
        boolean asks = count > 0 && !dryRun;
        if (json && !asks) terminal().line(plan.toPrettyString());
        if (!json) show(plan);
        if (!asks) return Exit.OK;
        if (!yes) ask(count);
        JsonTree taken = api.post(Api.path("v1", "rebalance"), request(plan));
        for (JsonTree dropped : taken.path("dropped").values()) {
            terminal().note(terminal().paintError(Ink.yellow, "! ") + dropped.path("instance").asString("") + " stays: " + Cells.tame(dropped.path("reason").asString("")), 2);
        }
        boolean all = taken.path("dropped").isEmpty();
        if (noWait) {
            if (json) terminal().line(taken.toPrettyString());
            terminal().note(terminal().paintError(Ink.green, "✓") + " " + instances(taken.path("moves").size()) + " to move" + terminal().paintError(Ink.faint, "  concierge rebalance --follow"));
            return all ? Exit.OK : Exit.FAILED;
        }
        int moved = new Moves(api, terminal()).follow(json);
        return all ? moved : Exit.FAILED;
    }

    private int cancel() {
        JsonTree answer = api().delete(Api.path("v1", "rebalance"));
        if (json) terminal().line(answer.toPrettyString());
        int count = answer.path("dropped").size();
        terminal().note(terminal().paintError(Ink.green, "✓") + " " + (count == 0 ? "nothing was being moved" : instances(count) + " will not be moved; where both run already, the one that is not needed stops"));
        return Exit.OK;
    }

    private void ask(int count) {
        if (!terminal().abilities().input()) {
            throw new Failure(Exit.USAGE, "rebalance would move " + instances(count) + " and asks first, but standard input is no terminal",
                    "concierge rebalance --yes moves them, --dry-run only looks");
        }
        String answer = Ask.line(terminal(), "Move " + instances(count) + "? [y/N] ").toLowerCase(Locale.ROOT);
        if (!answer.equals("y") && !answer.equals("yes")) throw new Failure(Exit.FAILED, "nothing was moved", "");
    }

    private static String instances(int count) {
        return count + (count == 1 ? " instance" : " instances");
    }

    private Map<String, Object> request(JsonTree plan) {
        List<Map<String, Object>> moves = new ArrayList<>();
        for (JsonTree move : plan.path("moves").values()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("instance", move.path("instance").asString(""));
            one.put("generation", move.path("generation").asLong(0));
            one.put("to", move.path("to").asString(""));
            moves.add(one);
        }
        return Map.of("moves", moves, "atOnce", atOnce);
    }

    private void show(JsonTree plan) {
        JsonTree moves = plan.path("moves");
        if (!moves.isEmpty()) {
            Table table = new Table(Column.left("INSTANCE"), Column.left("FROM"), Column.left("TO"), Column.shrinking("BECAUSE"));
            for (JsonTree move : moves.values()) {
                table.row(new Cell(move.path("instance").asString(""), Ink.bold), Cell.of(move.path("from").asString("")),
                        Cell.of(move.path("to").asString("")), Cell.of(move.path("because").asString("")));
            }
            table.print(terminal());
            terminal().line("");
            loads(plan.path("hosts"));
            stays(plan.path("stays"));
        }
        int active = plan.path("active").asInt(0);
        if (active > 0) {
            terminal().note(terminal().paintError(Ink.yellow, "! ") + instances(active) + " being moved already: concierge rebalance --follow");
        } else if (moves.isEmpty()) {
            terminal().note(terminal().paintError(Ink.green, "✓") + " nothing to move: the hosts are even" + (plan.path("stays").isEmpty() ? "" : ", as far as they can be"));
            stays(plan.path("stays"));
        }
    }

    private void loads(JsonTree hosts) {
        Table table = new Table(Column.left("HOST"), Column.right("INSTANCES"), Column.right("CPU"), Column.right("MEMORY"));
        for (JsonTree host : hosts.values()) {
            JsonTree before = host.path("before");
            JsonTree after = host.path("after");
            table.row(new Cell(host.path("host").asString(""), Ink.bold),
                    change(before.path("instances").asString("0"), after.path("instances").asString("0")),
                    change(share(before, host, "cpuMillis"), share(after, host, "cpuMillis")),
                    change(share(before, host, "memoryBytes"), share(after, host, "memoryBytes")));
        }
        table.print(terminal());
    }

    /** Of what services reserved; empty: the host has no bound. */
    private static String share(JsonTree used, JsonTree host, String what) {
        long capacity = host.path("capacity").path(what).asLong(0);
        return capacity == 0 ? "" : Math.round(100.0 * used.path(what).asLong(0) / capacity) + " %";
    }

    private static Cell change(String before, String after) {
        return before.equals(after) ? new Cell(before, Ink.faint) : Cell.of(before + " → " + after);
    }

    private void stays(JsonTree stays) {
        for (JsonTree stay : stays.values()) {
            int count = stay.path("instances").asInt(1);
            String line = stay.path("service").asString("") + (count == 1 ? "" : " (" + count + ")") + " stays: " + stay.path("because").asString("");
            terminal().note(terminal().paintError(Ink.faint, "  " + Cells.tame(line)), 4);
        }
    }
}
