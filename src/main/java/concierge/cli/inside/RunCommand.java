package concierge.cli.inside;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Target;
import concierge.json.JsonTree;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code run}: a one-off with a service's image, network and environment. */
public final class RunCommand extends Command {
    @Option(names = {"-d", "--detach"}, description = "do not wait; print the instance's name")
    boolean detach;

    @Option(names = {"-e", "--env"}, paramLabel = "KEY=VALUE", description = "a further variable")
    Map<String, String> variables = new LinkedHashMap<>();

    @Option(names = {"-i", "--interactive"}, description = "pass standard input on, which is done anyway: for -it out of habit")
    boolean interactive;

    @Option(names = {"-t", "--tty"}, description = "with a terminal, for shells and editors")
    boolean tty;

    @Option(names = "--tag", paramLabel = "TAG", description = "the version whose service it is")
    String tag = "";

    @Option(names = "--priority", paramLabel = "N", description = "higher is placed first")
    int priority;

    @Option(names = "--deadline", paramLabel = "DURATION", description = "stopped and failed when it runs longer: 90s, 10m, 2h")
    String deadline = "";

    @Parameters(arity = "1..*", paramLabel = "STACK/SERVICE [--] COMMAND...", description = "without a command: the service's own")
    List<String> words = new ArrayList<>();

    public RunCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        Target target = Target.parse(words.getFirst(), context).withService(words.getFirst());
        if (tty && !terminal().abilities().input()) throw new Failure(Exit.USAGE, "-t: standard input is no terminal", "leave -t out");
        if (detach && (interactive || tty)) throw new Failure(Exit.USAGE, "-d: with -i or -t nobody would be there to type", "leave one out");
        Api api = api();
        Map<String, Object> body = new LinkedHashMap<>();
        String version = tag.isEmpty() ? target.tag() : tag;
        if (!version.isEmpty()) body.put("tag", version);
        body.put("service", target.service());
        body.put("command", ExecCommand.command(words));
        body.put("environment", variables);
        body.put("detach", detach);
        body.put("stdin", !detach);
        body.put("tty", tty);
        body.put("priority", priority);
        if (!deadline.isEmpty()) body.put("deadline", seconds(deadline));
        JsonTree started = api.post(Api.path("v1", "stacks", target.stack(), "run"), body);
        String instance = started.path("instance").asString("");
        if (detach) {
            terminal().line(instance);
            return Exit.OK;
        }
        Attached attached = new Attached(api, terminal(), instance, tty);
        return started.path("attach").asBoolean(false) ? attached.connect() : attached.run();
    }

    /** As the API takes durations: ISO 8601. */
    private static String seconds(String text) {
        if (!text.matches("[0-9]{1,9}[smh]")) throw new Failure(Exit.USAGE, "--deadline: " + text + " (expected: 90s, 10m or 2h)", "");
        return "PT" + text.toUpperCase(java.util.Locale.ROOT);
    }
}
