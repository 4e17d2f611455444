package concierge.cli.access;

import concierge.cli.client.Contexts;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Misuse;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Table;
import concierge.cli.terminal.Table.Cell;
import concierge.cli.terminal.Table.Column;
import concierge.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code context ls|use|show|rm} and {@code logout}: the installations that commands may be for. */
public final class ContextCommand extends Command {
    @Parameters(index = "0", arity = "0..1", paramLabel = "ls|use|show|rm", description = "list them; go to one; tell which one it is; forget one with its token")
    String action = "ls";

    @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "as concierge login named it; local: this machine's")
    String name = "";

    @Option(names = "--json", description = "as JSON, without tokens")
    boolean json;

    public ContextCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        if (action.equals("ls")) Misuse.refuseWords("context ls", name.isEmpty() ? List.of() : List.of(name));
        Contexts contexts = Contexts.open(context.home());
        return switch (action) {
            case "ls" -> list(contexts);
            case "show" -> show(contexts);
            case "use" -> {
                contexts.use(named());
                terminal().note(terminal().paintError(Ink.green, "✓") + " commands go to " + named());
                yield Exit.OK;
            }
            case "rm" -> forget(contexts, named());
            default -> throw Misuse.unknown("context", action, "action", List.of("ls", "use", "show", "rm"));
        };
    }

    private String named() {
        if (name.isEmpty()) throw new Failure(Exit.USAGE, "context " + action + ": no NAME", "concierge context ls lists them");
        return name;
    }

    private int forget(Contexts contexts, String gone) {
        contexts.remove(gone);
        terminal().note(terminal().paintError(Ink.green, "✓") + " forgot " + gone + "; its token is good until somebody revokes it");
        return Exit.OK;
    }

    private String chosen() {
        return Contexts.chosen(context.home(), context.environment()).map(Contexts.Entry::name).orElse(Contexts.LOCAL);
    }

    private int show(Contexts contexts) {
        String shown = name.isEmpty() ? chosen() : name;
        if (shown.equals(Contexts.LOCAL)) {
            if (json) terminal().line(Json.write(Map.of("name", shown, "home", context.home().path().toString())));
            else terminal().line(shown + "  " + context.home().path());
            return Exit.OK;
        }
        Contexts.Entry entry = contexts.require(shown);
        if (json) terminal().line(Json.write(fields(entry)));
        else terminal().line(entry.name() + "  " + entry.url() + "  installation " + entry.installation());
        return Exit.OK;
    }

    private static Map<String, String> fields(Contexts.Entry entry) {
        return new LinkedHashMap<>(Map.of("name", entry.name(), "url", entry.url().toString(), "installation", entry.installation()));
    }

    private int list(Contexts contexts) {
        if (json) {
            List<Map<String, String>> all = new ArrayList<>();
            contexts.entries().values().forEach(entry -> all.add(fields(entry)));
            terminal().line(Json.write(Map.of("current", chosen(), "contexts", all)));
            return Exit.OK;
        }
        Table table = new Table(Column.left(""), Column.left("NAME"), Column.left("URL"), Column.shrinking("INSTALLATION"));
        row(table, Contexts.LOCAL, "this machine's", context.home().path().toString());
        for (Contexts.Entry entry : contexts.entries().values()) row(table, entry.name(), entry.url().toString(), entry.installation());
        table.print(terminal());
        return Exit.OK;
    }

    private void row(Table table, String of, String url, String installation) {
        boolean current = of.equals(chosen());
        table.row(Cell.of(current ? "*" : ""), new Cell(of, current ? Ink.bold : Ink.plain), Cell.of(url), new Cell(installation, Ink.faint));
    }

    /** {@code logout [NAME]}: forgets the token of one, by default of the chosen one. */
    public static final class Logout extends Command {
        @Parameters(index = "0", arity = "0..1", paramLabel = "NAME", description = "the context; default: the chosen one")
        String name = "";

        public Logout(Context context) {
            super(context);
        }

        @Override
        public int run() {
            ContextCommand contexts = new ContextCommand(context);
            String gone = name.isEmpty() ? contexts.chosen() : name;
            if (gone.equals(Contexts.LOCAL)) throw new Failure(Exit.USAGE, "nobody is logged in to this machine's own server", "concierge context ls lists the others");
            return contexts.forget(Contexts.open(context.home()), gone);
        }
    }
}
