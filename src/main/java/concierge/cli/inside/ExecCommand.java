package concierge.cli.inside;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.client.WebSocket;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Target;
import concierge.cli.look.InstanceRow;
import concierge.cli.look.Overview;
import concierge.cli.terminal.Terminal;
import concierge.json.JsonTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code exec}: a command inside an instance that runs; its exit code is ours. */
public final class ExecCommand extends Command {
    @Option(names = {"-i", "--interactive"}, description = "pass standard input on")
    boolean interactive;

    @Option(names = {"-t", "--tty"}, description = "with a terminal, for shells and editors")
    boolean tty;

    @Option(names = {"-u", "--user"}, paramLabel = "USER", description = "as this user")
    String user = "";

    @Parameters(arity = "1..*", paramLabel = "STACK/SERVICE[/N] COMMAND...", description = "without a number: the first instance that runs")
    List<String> words = new ArrayList<>();

    public ExecCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        Target target = Target.parse(words.getFirst(), context).withService(words.getFirst());
        List<String> command = command(words);
        if (command.isEmpty()) throw new Failure(Exit.USAGE, "no command", "concierge exec -it " + target + " sh");
        if (tty && !terminal().abilities().input()) throw new Failure(Exit.USAGE, "-t: standard input is no terminal", "leave -t out");
        Api api = api();
        InstanceRow row = running(api, target);
        List<String> query = new ArrayList<>();
        for (String word : command) query.addAll(List.of("command", word));
        query.addAll(List.of("tty", tty ? "true" : "", "stdin", interactive ? "true" : "", "user", user));
        if (tty) {
            int[] size = Terminal.size().orElse(new int[] {24, 80});
            query.addAll(List.of("columns", Integer.toString(size[1]), "rows", Integer.toString(size[0])));
        }
        String path = Api.path("v1", "exec", row.stack(), row.tag(), row.service(), Integer.toString(row.n()));
        WebSocket socket = api.open(query(path, query));
        return new Session(socket, terminal(), interactive, tty).run(api);
    }

    /** Unlike {@link Api#query}, an empty word of the command counts. */
    private static String query(String path, List<String> pairs) {
        StringBuilder out = new StringBuilder(path);
        for (int i = 0; i < pairs.size(); i += 2) {
            String name = pairs.get(i);
            String value = pairs.get(i + 1);
            if (value.isEmpty() && !name.equals("command")) continue;
            out.append(out.indexOf("?") < 0 ? '?' : '&').append(name).append('=').append(Api.escape(value));
        }
        return out.toString();
    }

    /** What follows the target, less the {@code --} that may part them. */
    static List<String> command(List<String> words) {
        int from = words.size() > 1 && words.get(1).equals("--") ? 2 : 1;
        return words.subList(from, words.size());
    }

    private static InstanceRow running(Api api, Target target) {
        JsonTree body = api.read(Api.query("/v1/ps", "stack", target.stack(), "tag", target.tag()));
        Overview shown = new Overview(body);
        if (!shown.services().contains(target.service())) shown.requireNamed(api, target);
        List<InstanceRow> all = shown.instances().stream()
                .filter(row -> target.matches(row.tag(), row.service(), row.n())).toList();
        Optional<InstanceRow> found = all.stream().filter(row -> row.state().equals("ready")).findFirst()
                .or(() -> all.stream().filter(InstanceRow::runs).findFirst());
        return found.orElseThrow(() -> {
            if (all.isEmpty() && shown.isSite(target)) return new Failure(Exit.REFUSED, target + ": a static site (expected: a service that runs)", "the router serves it; it has no instances");
            if (all.isEmpty()) return new Failure(Exit.REFUSED, target + ": no such instance", "concierge ps " + target.stack() + " lists them");
            InstanceRow row = all.getFirst();
            return new Failure(Exit.REFUSED, row.name() + " is " + row.state() + (row.note().isEmpty() ? "" : ": " + row.note()), "only in one that runs");
        });
    }
}
