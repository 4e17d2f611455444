package concierge.cli.change;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Target;
import concierge.cli.terminal.Ink;
import concierge.json.JsonTree;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code scale}. */
public final class ScaleCommand extends Command {
    @Parameters(index = "0", paramLabel = "STACK/SERVICE", description = "which service")
    String target = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "N", description = "how many instances; kept until reset, or until the file's number changes")
    int number = -1;

    @Option(names = "--reset", description = "back to the number in the stack file")
    boolean reset;

    @Option(names = {"-t", "--tag"}, paramLabel = "TAG", description = "which version, where there are several")
    String tag = "";

    @Option(names = "--json", description = "the answer as JSON")
    boolean json;

    public ScaleCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        if (reset == number >= 0) throw new Failure(Exit.USAGE, "scale takes a number, 0 or more, or --reset", "concierge scale " + target + " 3");
        Target wanted = Target.parse(target, context).withService(target).whole(target);
        Api api = api();
        Map<String, Object> body = new LinkedHashMap<>();
        String version = tag.isEmpty() ? wanted.tag() : tag;
        if (!version.isEmpty()) body.put("tag", version);
        body.put("service", wanted.service());
        if (reset) body.put("reset", true);
        else body.put("scale", number);
        JsonTree answer = api.post(Api.path("v1", "stacks", wanted.stack(), "scale"), body);
        if (json) terminal().line(answer.toPrettyString());
        terminal().note(terminal().paintError(Ink.green, "✓") + " " + wanted + (reset ? " is scaled by its file again" : " scaled to " + number) + terminal().paintError(Ink.faint, "  concierge ps -w " + wanted.stack()));
        return Exit.OK;
    }
}
