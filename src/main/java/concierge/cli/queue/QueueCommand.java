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
import concierge.model.Names;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;

/** {@code queue}: is a task queue for others, in the foreground; or fills the one of a server. */
public final class QueueCommand extends Command {
    /** Tasks that are removed all or none: what the API takes at once. */
    private static final int REMOVED = 40;

    private static final ObjectReader READER = Json.mapper().reader()
            .with(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            // Told with their place below.
            .without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    @Parameters(index = "0", arity = "0..1", paramLabel = "ls|show|add|rm|identities|admit|expel", description = "tasks: list, show one, add one, remove; those who may claim: list, let in, shut out")
    String action = "";

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "NAME", description = "add: TYPE and its configuration as JSON; show: a task; rm: tasks; admit, expel: identities")
    List<String> names = new ArrayList<>();

    @Option(names = "--uuid", paramLabel = "NAME", description = "add: the task's name; default: a new UUID")
    String uuid = "";

    @Option(names = "--now", description = "expel: its tasks go to others at once, and run twice until it has stopped them; default: after queue.silence")
    boolean now;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "a setting, over environment and file: --set queue.port=8080")
    Map<String, String> settings = new LinkedHashMap<>();

    @Option(names = "--json", description = "as JSON")
    boolean json;

    public QueueCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        only("--uuid", !uuid.isEmpty(), "add");
        only("--now", now, "expel");
        only("--set", !settings.isEmpty(), "");
        return switch (action) {
            case "" -> serve();
            case "ls" -> list();
            case "show" -> show();
            case "add" -> add();
            case "rm" -> remove();
            case "identities" -> identities();
            case "admit" -> admit();
            case "expel" -> expel();
            default -> throw Misuse.unknown("queue", action, "action", List.of("ls", "show", "add", "rm", "identities", "admit", "expel"));
        };
    }

    /** An option that says nothing about what is done here was meant otherwise. */
    private void only(String option, boolean given, String where) {
        if (!given || action.equals(where)) return;
        String its = where.isEmpty() ? "concierge queue by itself, which serves" : "queue " + where;
        throw new Failure(Exit.USAGE, option + ": not of queue " + action + " (expected: only with " + its + ")", "concierge queue --help shows how it is used");
    }

    private int serve() {
        Map<String, String> all = new LinkedHashMap<>(settings);
        all.putIfAbsent(Settings.QUEUE_ENABLED.key(), "true");
        return context.roles().serve(Roles.Role.server, ServerStart.configuration(context, all));
    }

    private int printed(JsonTree answer) {
        terminal().line(answer.toPrettyString());
        return Exit.OK;
    }

    private int none(String what) {
        terminal().note(terminal().paintError(Ink.faint, what));
        return Exit.OK;
    }

    private int done(String said) {
        terminal().note(terminal().paintError(Ink.green, "✓") + " " + said);
        return Exit.OK;
    }

    private int list() {
        Misuse.refuseWords("queue " + action, names);
        JsonTree all = api().read("/v1/queue/tasks");
        if (json) return printed(all);
        if (all.isEmpty()) return none("no tasks");
        Table table = new Table(Column.left("TASK"), Column.left("TYPE"), Column.left("CLAIMED BY"), Column.right("BYTES"), Column.shrinking("REMARK"));
        for (JsonTree task : all.values()) {
            String remark = task.path("expelled").asBoolean(false) ? "that identity is shut out: waits for the end of its time" : "";
            table.row(new Cell(task.path("uuid").asString(""), Ink.bold), Cell.of(task.path("type").asString("")),
                    Cell.of(task.path("identity").asString("")), Cell.of(task.path("bytes").asString("0")), new Cell(remark, Ink.yellow));
        }
        table.print(terminal());
        return Exit.OK;
    }

    private int show() {
        if (names.size() != 1) throw new Failure(Exit.USAGE, "queue show takes one task", "concierge queue ls lists them");
        JsonTree task = api().read(Api.path("v1", "queue", "tasks", names.getFirst()));
        return printed(json ? task : task.path("configuration"));
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
        if (json) return printed(added);
        terminal().line(added.path("uuid").asString(""));
        return Exit.OK;
    }

    private static JsonNode configuration(String text) {
        try (JsonParser parser = READER.createParser(text)) {
            JsonNode read = READER.readTree(parser);
            if (!read.isObject()) throw refused("", text, "a JSON object");
            if (parser.nextToken() != null) throw refused(place(parser.currentTokenLocation()), text, "one JSON object, and the end after it; a task at a time");
            return read;
        } catch (JacksonException e) {
            throw refused(place(e.getLocation()), text, "a JSON object; " + e.getOriginalMessage().lines().findFirst().orElse(""));
        }
    }

    private static String place(TokenStreamLocation at) {
        return at == null || at.getLineNr() < 1 ? "" : "line " + at.getLineNr() + ", column " + at.getColumnNr() + ": ";
    }

    private static Failure refused(String place, String text, String expected) {
        String shown = text.length() > 60 ? text.substring(0, 60) + "…" : text;
        return new Failure(Exit.USAGE, "configuration: " + place + shown + " (expected: " + expected + ")", "");
    }

    private Set<String> named(String hint) {
        if (names.isEmpty()) throw new Failure(Exit.USAGE, "queue " + action + " takes a name or more", hint);
        return new LinkedHashSet<>(names);
    }

    /** Nothing where one of them is not there; above what is removed at once, what was removed before a failure is told. */
    private int remove() {
        List<String> all = List.copyOf(named("concierge queue ls lists them"));
        Api api = api();
        if (all.size() > REMOVED) known(api, "task", "tasks", "uuid", all);
        for (int from = 0; from < all.size(); from += REMOVED) {
            try {
                JsonTree answer = api.post("/v1/queue/removal", Map.of("tasks", all.subList(from, Math.min(all.size(), from + REMOVED))));
                if (json) terminal().line(answer.toPrettyString());
            } catch (Failure e) {
                if (from > 0) terminal().note("removed before that: " + String.join(", ", all.subList(0, from)));
                throw e;
            }
        }
        return json ? Exit.OK : done("removed " + (all.size() == 1 ? "task " : "tasks ") + String.join(", ", all));
    }

    private static void known(Api api, String what, String list, String field, List<String> wanted) {
        Set<String> there = new TreeSet<>();
        for (JsonTree one : api.read("/v1/queue/" + list).values()) there.add(one.path(field).asString(""));
        List<String> missing = wanted.stream().filter(name -> !there.contains(name)).toList();
        if (missing.isEmpty()) return;
        String near = Names.nearest(missing.getFirst(), List.copyOf(there)).map(name -> "did you mean " + name + "? ").orElse("");
        throw new Failure(Exit.REFUSED, "no " + what + " " + String.join(", ", missing), near + "nothing was changed");
    }

    private int expel() {
        List<String> all = List.copyOf(named("concierge queue identities lists them"));
        Api api = api();
        known(api, "identity", "identities", "identity", all);
        for (String name : all) {
            JsonTree answer = api.delete(Api.path("v1", "queue", "identities", name) + (now ? "?now=true" : ""));
            if (json) terminal().line(answer.toPrettyString());
            else done("shut out " + name + after(answer));
        }
        return Exit.OK;
    }

    private String after(JsonTree answer) {
        String claims = answer.path("claims").asString("0");
        if (claims.equals("0")) return ", which had no tasks";
        return now ? "; its tasks (" + claims + ") go to others now, and may run twice until it has heard of it"
                : "; it is told to stop its tasks (" + claims + "), and they go to others after queue.silence";
    }

    private int identities() {
        Misuse.refuseWords("queue " + action, names);
        JsonTree all = api().read("/v1/queue/identities");
        if (json) return printed(all);
        if (all.isEmpty()) return none("no identities; concierge queue admit makes one");
        Table table = new Table(Column.left("IDENTITY"), Column.right("TASKS"), Column.left("HEARD"), Column.shrinking("REMARK"));
        for (JsonTree identity : all.values()) {
            JsonTree silent = identity.path("silentSeconds");
            table.row(new Cell(identity.path("identity").asString(""), Ink.bold), Cell.of(identity.path("claims").asString("0")),
                    Cell.of(silent.isMissing() ? "" : silent.asString("") + "s ago"), new Cell(remark(identity), Ink.yellow));
        }
        table.print(terminal());
        return Exit.OK;
    }

    private static String remark(JsonTree identity) {
        if (identity.path("expelled").asBoolean(false)) {
            JsonTree left = identity.path("freeInSeconds");
            return "shut out: its tasks go to others " + (left.isMissing() ? "after queue.silence" : "in " + left.asString("") + "s");
        }
        List<JsonTree> installations = identity.path("installations").values();
        if (installations.isEmpty()) return "";
        return installations.size() + " installations have it, give each its own (queue admit): " + installations.stream().map(it -> it.asString("")).collect(Collectors.joining(", "));
    }

    private int admit() {
        for (String name : names) {
            if (!Names.isPart(name)) throw new Failure(Exit.USAGE, "identity: " + name + " (expected: 1 to 63 letters, digits, _ . or -)", "nobody was let in");
        }
        Api api = api();
        if (names.isEmpty()) names.add("");
        for (String name : names) {
            JsonTree answer = api.post("/v1/queue/identities", name.isEmpty() ? Map.of() : Map.of("identity", name));
            terminal().line(json ? answer.toPrettyString() : answer.path("identity").asString(""));
        }
        return Exit.OK;
    }
}
