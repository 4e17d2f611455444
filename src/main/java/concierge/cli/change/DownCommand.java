package concierge.cli.change;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Target;
import concierge.cli.terminal.Ink;
import concierge.json.JsonTree;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code down}. */
public final class DownCommand extends Command {
    @Parameters(arity = "0..1", paramLabel = "STACK", description = "default: the stack of this folder")
    String stack = ".";

    @Option(names = {"-t", "--tag"}, paramLabel = "TAG", description = "only this version")
    String tag = "";

    @Option(names = "--volumes", description = "remove its volumes, too: its data is gone then")
    boolean volumes;

    @Option(names = "--no-wait", description = "do not wait until everything has stopped")
    boolean noWait;

    @Option(names = "--json", description = "the answer as JSON")
    boolean json;

    public DownCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        if (volumes && noWait) throw new Failure(Exit.USAGE, "--no-wait with --volumes: volumes can go only when nothing uses them", "leave one of them out");
        String name = Target.stack(stack, context);
        Api api = api();
        String path = Api.query(Api.path("v1", "stacks", name), "tag", tag, "volumes", volumes ? "true" : "", "wait", noWait ? "false" : "");
        Takedown takedown = new Takedown(api, terminal());
        JsonTree answer = takedown.remove(name, path);
        if (json) terminal().line(answer.toPrettyString());
        takedown.warn(answer);
        boolean kept = volumes && !answer.path("warnings").isEmpty();
        terminal().note(terminal().paintError(Ink.green, "✓") + " " + name + (tag.isEmpty() ? "" : " at " + tag)
                + (noWait ? " is going down" : " is down") + (kept ? "" : volumes ? volumes(answer) : "; volumes are kept"));
        return kept ? Exit.FAILED : Exit.OK;
    }

    private static String volumes(JsonTree answer) {
        int count = answer.path("volumes").size();
        return count == 0 ? "; it had no volumes" : count == 1 ? ", its volume is gone" : ", its " + count + " volumes are gone";
    }
}
