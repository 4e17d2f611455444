package concierge.cli;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Live;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code down}. */
final class DownCommand extends Command {
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

    DownCommand(Context context) {
        super(context);
    }

    @Override
    int run() {
        String name = Target.parse(stack, context).stack();
        Api api = api();
        String path = Api.query(Api.path("v1", "stacks", name), "tag", tag, "volumes", volumes ? "true" : "", "wait", noWait ? "false" : "");
        JsonNode answer;
        try (Live live = new Live(terminal())) {
            live.draw(List.of(terminal().paintError(Ink.cyan, "◐") + " stopping " + name));
            answer = api.delete(path);
        }
        if (json) terminal().line(answer.toPrettyString());
        terminal().note(terminal().paintError(Ink.green, "✓") + " " + name + (tag.isEmpty() ? "" : " at " + tag) + " is down"
                + (volumes ? ", its volumes are gone" : "; volumes are kept"));
        return Exit.OK;
    }
}
