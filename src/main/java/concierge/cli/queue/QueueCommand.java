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
import concierge.config.Settings;
import concierge.json.Json;
import concierge.json.JsonTree;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** {@code queue}: is a task queue for others, in the foreground; or fills the one of a server. */
public final class QueueCommand extends Command {
    @Parameters(index = "0", arity = "0..1", paramLabel = "ls|add|rm|identities|admit|expel", description = "tasks: list, add one, remove; those who may claim: list, let in, shut out")
    String action = "";

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "NAME", description = "add: TYPE and its configuration as JSON; rm: tasks; admit, expel: identities")
    List<String> names = new ArrayList<>();

    @Option(names = "--uuid", paramLabel = "UUID", description = "add: the task's name; default: a new one")
    String uuid = "";

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "a setting, over environment and file: --set queue.port=8080")
    Map<String, String> settings = new LinkedHashMap<>();

    @Option(names = "--json", description = "as JSON")
    boolean json;

    public QueueCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        return switch (action) {
            case "" -> serve();
            case "ls" -> list();
            case "add" -> add();
            case "rm" -> remove("tasks", "task");
            case "identities" -> identities();
            case "admit" -> admit();
            case "expel" -> remove("identities", "identity");
            default -> throw Misuse.unknown("queue", action, "action", List.of("ls", "add", "rm", "identities", "admit", "expel"));
        };
    }

    private int serve() {
        Map<String, String> all = new LinkedHashMap<>(settings);
        all.putIfAbsent(Settings.QUEUE_ENABLED.key(), "true");
        return context.roles().serve(Roles.Role.server, ServerStart.configuration(context, all));
    }

    private int list() {
        JsonTree all = api().read("/v1/queue/tasks");
        if (json) {
            terminal().line(all.toPrettyString());
            return Exit.OK;
        }
        if (all.isEmpty()) {
            terminal().note(terminal().paintError(Ink.faint, "no tasks"));
            return Exit.OK;
        }
        Table table = new Table(Column.left("TASK"), Column.left("TYPE"), Column.left("CLAIMED BY"), Column.shrinking("CONFIGURATION"));
        for (JsonTree task : all.values()) {
            table.row(new Cell(task.path("uuid").asString(""), Ink.bold), Cell.of(task.path("type").asString("")),
                    Cell.of(task.path("identity").asString("")), new Cell(task.path("configuration").toString(), Ink.faint));
        }
        table.print(terminal());
        return Exit.OK;
    }

    private int add() {
        if (names.isEmpty() || names.size() > 2) {
            throw new Failure(Exit.USAGE, "queue add takes a TYPE and a configuration", "concierge queue add restream '{\"app\": \"live\", \"stream\": \"s1\", …}'");
        }
        Map<String, Object> task = new LinkedHashMap<>();
        task.put("type", names.getFirst());
        if (!uuid.isEmpty()) task.put("uuid", uuid);
        if (names.size() == 2) task.put("configuration", configuration(names.get(1)));
        JsonTree added = api().post("/v1/queue/tasks", task);
        if (json) terminal().line(added.toPrettyString());
        else terminal().line(added.path("uuid").asString(""));
        return Exit.OK;
    }

    private static JsonNode configuration(String text) {
        try {
            JsonNode read = Json.mapper().readTree(text);
            if (read.isObject()) return read;
        } catch (JacksonException e) {
            // told below
        }
        throw new Failure(Exit.USAGE, "configuration: " + text + " (expected: a JSON object)", "");
    }

    private int remove(String list, String what) {
        if (names.isEmpty()) throw new Failure(Exit.USAGE, "queue " + action + " takes a name or more", "concierge queue " + (list.equals("tasks") ? "ls" : list) + " lists them");
        Api api = api();
        for (String name : names) {
            JsonTree answer = api.delete(Api.path("v1", "queue", list, name));
            if (json) terminal().line(answer.toPrettyString());
        }
        if (!json) terminal().note(terminal().paintError(Ink.green, "✓") + " removed " + what + " " + String.join(", ", names));
        return Exit.OK;
    }

    private int identities() {
        JsonTree all = api().read("/v1/queue/identities");
        if (json) {
            terminal().line(all.toPrettyString());
            return Exit.OK;
        }
        Table table = new Table(Column.left("IDENTITY"), Column.right("TASKS"));
        for (JsonTree identity : all.values()) table.row(new Cell(identity.path("identity").asString(""), Ink.bold), Cell.of(identity.path("claims").asString("0")));
        table.print(terminal());
        return Exit.OK;
    }

    private int admit() {
        Api api = api();
        if (names.isEmpty()) names.add("");
        for (String name : names) {
            JsonTree answer = api.post("/v1/queue/identities", name.isEmpty() ? Map.of() : Map.of("identity", name));
            terminal().line(json ? answer.toPrettyString() : answer.path("identity").asString(""));
        }
        return Exit.OK;
    }
}
