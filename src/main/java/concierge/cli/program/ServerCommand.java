package concierge.cli.program;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.client.Servers;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Misuse;
import concierge.cli.command.Roles;
import concierge.cli.command.Times;
import concierge.cli.terminal.Cells;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Table;
import concierge.cli.terminal.Table.Cell;
import concierge.cli.terminal.Table.Column;
import concierge.json.JsonTree;
import concierge.runtime.Processes;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code server}: in the foreground, or started, stopped and asked about. */
public final class ServerCommand extends Command {
    @Parameters(arity = "0..1", paramLabel = "start|stop|status", description = "start it in the background, stop it (instances go on), or say whether it runs")
    String action = "";

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "a setting, over environment and file: --set api.port=9000")
    Map<String, String> settings = new LinkedHashMap<>();

    @Option(names = "--json", description = "status as JSON")
    boolean json;

    public ServerCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        return switch (action) {
            case "" -> context.roles().serve(Roles.Role.server, ServerStart.configuration(context, settings));
            case "start" -> start();
            case "stop" -> stop();
            case "status" -> status();
            default -> throw Misuse.unknown("server", action, "action", List.of("start", "stop", "status"));
        };
    }

    private int start() {
        Optional<Api> running = context.servers().requireLocal("server start").running();
        if (running.isPresent()) {
            Api ready = new ServerStart(context).ensure(settings);
            terminal().note("a server runs at " + ready.base() + " already");
            return Exit.OK;
        }
        new ServerStart(context).ensure(settings);
        return Exit.OK;
    }

    private int stop() {
        Servers servers = context.servers().requireLocal("server stop");
        Optional<Api> running = servers.running();
        if (running.isEmpty()) {
            servers.record().filter(record -> Processes.alive(record.pid())).ifPresent(record -> {
                throw new Failure(Exit.UNREACHABLE, "the server (pid " + record.pid() + ") does not answer", "look into " + servers.home().serverLog() + "; kill " + record.pid() + " ends it, instances go on");
            });
            terminal().note("no server runs");
            return Exit.OK;
        }
        long pid = servers.record().map(Servers.Record::pid).orElse(0L);
        running.get().post("/v1/server/stop", Map.of());
        ServerStart.awaitEnd(pid);
        terminal().note(terminal().paintError(Ink.green, "✓") + " stopped the server; instances and router go on");
        return Exit.OK;
    }

    private int status() {
        Optional<Api> running = context.servers().running();
        if (running.isEmpty()) throw new Failure(Exit.UNREACHABLE, "no server runs for " + context.home().path(), "concierge server start");
        JsonTree version = running.get().read("/v1/version");
        if (json) {
            terminal().line(version.toPrettyString());
            return Exit.OK;
        }
        Table table = new Table(Column.left("SERVER"), Column.shrinking(""));
        table.row(Cell.of("api"), Cell.of(running.get().base().toString()));
        JsonTree network = version.path("network");
        if (network.isObject()) {
            table.row(Cell.of("network"), Cell.of(network.path("url").asString("")));
            table.row(Cell.of("fingerprint"), Cell.of(network.path("fingerprint").asString("")));
        }
        for (String key : new String[] {"router", "version", "pid", "started", "installation", "home"}) {
            String value = version.path(key).asString("");
            table.row(Cell.of(key), Cell.of(key.equals("started") ? Times.age(value, Instant.now()) + " ago" : value.isEmpty() ? "none" : value));
        }
        table.print(terminal());
        for (JsonTree remark : version.path("remarks").values()) terminal().note(terminal().paintError(Ink.yellow, "! ") + Cells.tame(remark.asString("")), 2);
        return Exit.OK;
    }
}
