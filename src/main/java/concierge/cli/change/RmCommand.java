package concierge.cli.change;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Target;
import concierge.cli.terminal.Ink;
import concierge.json.JsonTree;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rm}: takes one service out of a stack. */
public final class RmCommand extends Command {
    @Parameters(paramLabel = "STACK/SERVICE", description = "which service; the next deploy brings it back if the file has it")
    String target = "";

    @Option(names = {"-t", "--tag"}, paramLabel = "TAG", description = "only of this version")
    String tag = "";

    @Option(names = "--json", description = "the answer as JSON")
    boolean json;

    public RmCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        Target wanted = Target.parse(target, context).withService(target).whole(target);
        Api api = api();
        String version = tag.isEmpty() ? wanted.tag() : tag;
        String path = Api.query(Api.path("v1", "stacks", wanted.stack(), "services", wanted.service()), "tag", version);
        JsonTree answer = new Takedown(api, terminal()).remove(wanted.toString(), path);
        if (json) terminal().line(answer.toPrettyString());
        terminal().note(terminal().paintError(Ink.green, "✓") + " " + wanted + " is removed; volumes are kept");
        return Exit.OK;
    }
}
