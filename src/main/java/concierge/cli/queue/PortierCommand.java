package concierge.cli.queue;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Misuse;
import concierge.cli.command.Roles;
import concierge.cli.program.ServerStart;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Table;
import concierge.cli.terminal.Table.Cell;
import concierge.cli.terminal.Table.Column;
import concierge.config.Configuration;
import concierge.config.Settings;
import concierge.json.Json;
import concierge.json.JsonTree;
import concierge.model.Origin;
import concierge.model.Problem;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code portier}: claims tasks of a queue, in the foreground; or says what it runs, and gives it back. */
public final class PortierCommand extends Command {
    /** Where the queue is called so, as beside it in one network. */
    private static final String ENDPOINT = "http://portier:8080";

    private static final String TYPES = "/v1/portier/types";

    @Parameters(arity = "0..1", paramLabel = "tasks|types|drain|resume", description = "what runs, how each type is run, give everything back, or claim again")
    String action = "";

    @Option(names = "--endpoint", paramLabel = "URL", description = "the queue; short for --set portier.endpoint=URL")
    String endpoint = "";

    @Option(names = "--identity", paramLabel = "ID", description = "who we are there; short for --set portier.identity=ID")
    String identity = "";

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "a setting, over environment and file: --set portier.interval=5s")
    Map<String, String> settings = new LinkedHashMap<>();

    @Option(names = "--no-wait", description = "with drain: do not wait until everything is stopped and given back")
    boolean noWait;

    @Option(names = "--server", description = "with types: those of the server that runs, instead of one started now")
    boolean server;

    @Option(names = "--json", description = "as JSON")
    boolean json;

    public PortierCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        requireFitting();
        return switch (action) {
            case "" -> serve();
            case "tasks" -> tasks();
            case "types" -> types();
            case "drain" -> drain();
            case "resume" -> resume();
            default -> throw Misuse.unknown("portier", action, "action", List.of("tasks", "types", "drain", "resume"));
        };
    }

    /** An option that would mean nothing was meant for something else. */
    private void requireFitting() {
        boolean claims = action.isEmpty();
        refuse(!endpoint.isEmpty() && !claims, "--endpoint", "concierge portier alone, which claims");
        refuse(!identity.isEmpty() && !claims, "--identity", "concierge portier alone, which claims");
        refuse(!settings.isEmpty() && !claims && !(action.equals("types") && !server), "--set", "concierge portier alone, which claims, or types of a server started now");
        refuse(server && !action.equals("types"), "--server", "concierge portier types");
        refuse(noWait && !action.equals("drain"), "--no-wait", "concierge portier drain");
        refuse(json && claims, "--json", "tasks, types, drain or resume");
    }

    private void refuse(boolean given, String option, String expected) {
        if (given) throw new Failure(Exit.USAGE, option + ": not with concierge portier" + (action.isEmpty() ? "" : " " + action) + " (expected: with " + expected + ")", "concierge portier --help shows how it is used");
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

    private int drain() {
        Api api = api();
        JsonTree answer = api.post("/v1/portier/drain", Map.of());
        if (noWait) return done(answer, "tasks are being stopped and given back", "concierge portier tasks tells how far it is");
        return done(new Drain(api, terminal()).await(), "every task is stopped and given back", "concierge portier resume claims again");
    }

    private int resume() {
        return done(api().delete("/v1/portier/drain"), "tasks are claimed again", "");
    }

    private int done(JsonTree answer, String said, String next) {
        if (json) terminal().line(answer.toPrettyString());
        else terminal().note(terminal().paintError(Ink.green, "✓") + " " + said + (next.isEmpty() ? "" : terminal().paintError(Ink.faint, "  " + next)));
        return Exit.OK;
    }

    private int types() {
        JsonTree all = server ? api().read(TYPES) : JsonTree.read(Json.write(own()));
        if (!server) {
            Optional<JsonTree> running = context.servers().running().map(api -> api.read(TYPES));
            if (running.isPresent() && !running.get().toString().equals(all.toString())) {
                terminal().note(terminal().paintError(Ink.yellow, "! ") + "the server that runs has other definitions: it takes these when it starts anew; concierge portier types --server shows its own", 2);
            }
        }
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

    /** Of a server that was started here and now. */
    private List<Origin.Shown> own() {
        Configuration configuration = ServerStart.configuration(context, settings);
        List<Problem> problems = context.roles().problems(configuration);
        if (!problems.isEmpty()) throw new Failure(Exit.USAGE, problems);
        return configuration.origins(Settings.TYPES).shown(configuration.value(Settings.TYPES));
    }

    private int tasks() {
        JsonTree all = api().read("/v1/portier/tasks");
        if (json) terminal().line(all.toPrettyString());
        else new TaskList(terminal(), Instant.now()).show(all);
        return Exit.OK;
    }
}
