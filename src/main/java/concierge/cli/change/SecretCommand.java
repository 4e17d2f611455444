package concierge.cli.change;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.command.Ask;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Misuse;
import concierge.cli.command.Target;
import concierge.cli.command.Times;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Table;
import concierge.cli.terminal.Table.Cell;
import concierge.cli.terminal.Table.Column;
import concierge.json.JsonTree;
import concierge.model.Names;
import concierge.model.ServiceId;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code secret}: what stack files name under {@code secrets}. Values are read, never shown. */
public final class SecretCommand extends Command {
    @Parameters(index = "0", paramLabel = "set|ls|rm", description = "set reads the value from standard input, or asks for it")
    String action = "";

    @Parameters(index = "1", paramLabel = "STACK", description = ". for the stack of this folder")
    String stack = "";

    @Parameters(index = "2..*", arity = "0..*", paramLabel = "NAME", description = "for set: one; for rm: those to remove")
    List<String> names = new ArrayList<>();

    @Option(names = "--force", description = "rm: also what services use")
    boolean force;

    @Option(names = "--json", description = "as JSON")
    boolean json;

    public SecretCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        String owner = Target.stack(stack, context);
        String path = Api.path("v1", "stacks", owner, "secrets");
        if (action.equals("ls")) Misuse.refuseWords("secret ls " + stack, names);
        return switch (action) {
            case "set" -> set(path, owner);
            case "ls" -> list(path);
            case "rm" -> remove(path, owner);
            default -> throw Misuse.unknown("secret", action, "action", List.of("set", "ls", "rm"));
        };
    }

    private int set(String path, String owner) {
        if (names.size() != 1) throw new Failure(Exit.USAGE, "secret set takes one NAME", "concierge secret set " + owner + " db_password < file");
        String name = names.getFirst();
        int equals = name.indexOf('=');
        if (equals >= 0) {
            // Only what stands before it is shown: the rest is the secret.
            throw new Failure(Exit.USAGE, name.substring(0, equals) + "=…: a value (expected: the NAME alone)",
                    "a command line is kept by the shell and seen by everybody on the machine; the value is read from standard input, or asked for");
        }
        JsonTree answer = api().put(path + Api.path(name), value(owner, name));
        if (json) {
            terminal().line(answer.toPrettyString());
            return Exit.OK;
        }
        boolean changed = answer.path("changed").asBoolean(true);
        terminal().note(terminal().paintError(Ink.green, "✓") + " " + owner + ": " + (changed ? "set " : "unchanged: ") + name);
        tellOutdated(answer);
        return Exit.OK;
    }

    /** A push leaves shared services running, so for their users a deploy alone does nothing. */
    private void tellOutdated(JsonTree answer) {
        List<String> replaced = new ArrayList<>();
        List<String> restarted = new ArrayList<>();
        for (JsonTree user : answer.path("usedBy").values()) {
            if (user.path("current").asBoolean(true)) continue;
            ServiceId service = ServiceId.parse(user.path("service").asString(""));
            if (service.tag().equals(Names.STATIC_TAG)) restarted.add(service.stack() + "/" + service.service());
            else replaced.add(service.path());
        }
        if (!replaced.isEmpty()) terminal().note("the next deploy replaces " + String.join(", ", replaced));
        if (!restarted.isEmpty()) terminal().note("a deploy leaves shared services running; after it: concierge restart " + String.join(", ", restarted));
    }

    private byte[] value(String owner, String name) {
        try {
            return terminal().abilities().input() ? Ask.hidden(terminal(), "Value of " + owner + "/" + name, "concierge secret set " + owner + " " + name + " < file") : withoutNewline(terminal().in().readAllBytes());
        } catch (IOException e) {
            throw new Failure(Exit.FAILED, "cannot read the secret: " + e.getMessage(), "");
        }
    }

    /** The end of a single line is not part of a password that {@code echo} wrote; of a file with more lines it is. */
    private static byte[] withoutNewline(byte[] value) {
        int first = 0;
        while (first < value.length && value[first] != '\n') first++;
        if (first != value.length - 1) return value;
        return Arrays.copyOf(value, first > 0 && value[first - 1] == '\r' ? first - 1 : first);
    }

    private int list(String path) {
        JsonTree all = api().read(path);
        if (json) {
            terminal().line(all.toPrettyString());
            return Exit.OK;
        }
        if (all.isEmpty()) {
            terminal().note(terminal().paintError(Ink.faint, "no secrets"));
            return Exit.OK;
        }
        Table table = new Table(Column.left("NAME"), Column.left("SET"), Column.left("DIGEST"), Column.shrinking("USED BY"));
        for (JsonTree secret : all.values()) {
            String problem = secret.path("problem").asString("");
            table.row(new Cell(secret.path("name").asString(""), Ink.bold), Cell.of(Times.age(secret.path("set").asString(""), Instant.now()) + " ago"),
                    new Cell(secret.path("digest").asString(""), Ink.faint), problem.isEmpty() ? Cell.of(users(secret)) : new Cell("✗ " + problem, Ink.red));
        }
        table.print(terminal());
        return Exit.OK;
    }

    private static String users(JsonTree secret) {
        List<String> users = new ArrayList<>();
        for (JsonTree user : secret.path("usedBy").values()) {
            users.add(user.path("service").asString("") + (user.path("current").asBoolean(true) ? "" : " (an earlier value)"));
        }
        return String.join(", ", users);
    }

    private int remove(String path, String owner) {
        if (names.isEmpty()) throw new Failure(Exit.USAGE, "secret rm takes a NAME or more", "concierge secret ls " + owner + " lists them");
        Api api = api();
        Map<String, Boolean> used = new LinkedHashMap<>();
        for (JsonTree secret : api.read(path).values()) used.put(secret.path("name").asString(""), !secret.path("usedBy").isEmpty());
        Misuse.refuseUnknown(owner, names, List.copyOf(used.keySet()));
        // What the server may refuse comes first, so that a refusal means that nothing was removed.
        List<String> order = names.stream().sorted(Comparator.comparing(used::get, Comparator.reverseOrder())).toList();
        for (String name : order) {
            JsonTree answer = api.delete(Api.query(path + Api.path(name), "force", force ? "true" : ""));
            if (json) terminal().line(answer.toPrettyString());
        }
        if (!json) terminal().note(terminal().paintError(Ink.green, "✓") + " " + owner + ": removed " + String.join(", ", names));
        return Exit.OK;
    }
}
