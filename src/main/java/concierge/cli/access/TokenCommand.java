package concierge.cli.access;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Misuse;
import concierge.cli.command.Times;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Table;
import concierge.cli.terminal.Table.Cell;
import concierge.cli.terminal.Table.Column;
import concierge.json.JsonTree;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code token create|ls|revoke}: who may use the API, and for what. */
public final class TokenCommand extends Command {
    private static final List<String> ROLES = List.of("read", "deploy", "admin");

    @Parameters(index = "0", paramLabel = "create|ls|revoke", description = "make one; list them; end one, at once")
    String action = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "who or what holds it: ci, anna")
    String name = "";

    @Option(names = "--role", paramLabel = "ROLE", description = "read: see everything but secrets; deploy: change stacks, look inside; admin: all")
    String role = "";

    @Option(names = "--expires", paramLabel = "TIME", description = "how long it is good: 12h, 90d; default: until it is revoked")
    String expires = "";

    @Option(names = "--json", description = "as JSON")
    boolean json;

    public TokenCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        if (action.equals("ls")) Misuse.refuseWords("token ls", name.isEmpty() ? List.of() : List.of(name));
        return switch (action) {
            case "create" -> create();
            case "ls" -> list();
            case "revoke" -> revoke();
            default -> throw Misuse.unknown("token", action, "action", List.of("create", "ls", "revoke"));
        };
    }

    private String named() {
        if (name.isEmpty()) throw new Failure(Exit.USAGE, "token " + action + ": no NAME", "concierge token " + action + " ci" + (action.equals("create") ? " --role deploy" : ""));
        return name;
    }

    private int create() {
        String holder = named();
        if (!ROLES.contains(role)) {
            if (role.isEmpty()) throw new Failure(Exit.USAGE, "token create: no --role (expected: read, deploy or admin)", "concierge token create " + holder + " --role deploy");
            throw Misuse.unknown("--role", role, "role", ROLES);
        }
        Map<String, Object> wanted = new LinkedHashMap<>(Map.of("name", holder, "role", role));
        if (!expires.isEmpty()) wanted.put("seconds", Times.span(expires).orElseThrow(() -> new Failure(
                Exit.USAGE, "--expires: " + expires + " (expected: 30m, 12h, 90d or 8w)", "")).toSeconds());
        JsonTree made = api().post("/v1/tokens", wanted);
        if (json) {
            terminal().line(made.toPrettyString());
            return Exit.OK;
        }
        terminal().note(terminal().paintError(Ink.green, "✓") + " made " + holder + ", which may " + role + "; it is shown this once:");
        terminal().line(made.path("token").asString(""));
        String url = made.path("url").asString("");
        if (url.isEmpty()) terminal().note("only this machine reaches the API so far: api.host is a loopback address");
        else terminal().note("log in with: concierge login " + url + " --fingerprint " + made.path("fingerprint").asString(""));
        return Exit.OK;
    }

    private int list() {
        JsonTree all = api().read("/v1/tokens");
        if (json) {
            terminal().line(all.toPrettyString());
            return Exit.OK;
        }
        if (all.isEmpty()) {
            terminal().note(terminal().paintError(Ink.faint, "no tokens; the file in the server's home is the owner's"));
            return Exit.OK;
        }
        Instant now = Instant.now();
        Table table = new Table(Column.left("NAME"), Column.left("ROLE"), Column.left("STATE"), Column.left("MADE"), Column.left("ENDS"), Column.shrinking("BY"));
        for (JsonTree token : all.values()) {
            String state = token.path("state").asString("");
            String ends = token.path("expires").asString("");
            table.row(new Cell(token.path("name").asString(""), Ink.bold), Cell.of(token.path("role").asString("")), new Cell(state, state.equals("good") ? Ink.green : Ink.faint),
                    Cell.of(Times.age(token.path("created").asString(""), now) + " ago"), Cell.of(ends.isEmpty() ? "never" : ends(ends, now)), new Cell(token.path("by").asString(""), Ink.faint));
        }
        table.print(terminal());
        return Exit.OK;
    }

    private static String ends(String at, Instant now) {
        Instant end = Instant.parse(at);
        return end.isAfter(now) ? "in " + Times.left(end, now) : Times.age(end, now) + " ago";
    }

    private int revoke() {
        Api api = api();
        JsonTree answer = api.delete(Api.path("v1", "tokens", named()));
        if (json) terminal().line(answer.toPrettyString());
        else terminal().note(terminal().paintError(Ink.green, "✓") + " revoked " + name + "; what it has open ends within seconds");
        return Exit.OK;
    }
}
