package concierge.cli.change;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Target;
import concierge.cli.terminal.Ink;
import concierge.json.JsonTree;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code start}, {@code stop}, {@code restart}. */
public final class LifecycleCommand extends Command {
    @Parameters(arity = "0..1", paramLabel = "STACK[/SERVICE]", description = "default: the stack of this folder")
    String target = ".";

    @Option(names = {"-t", "--tag"}, paramLabel = "TAG", description = "only this version")
    String tag = "";

    @Option(names = "--json", description = "the answer as JSON")
    boolean json;

    private final String verb;

    public LifecycleCommand(Context context, String verb) {
        super(context);
        this.verb = verb;
    }

    @Override
    public int run() {
        Target wanted = Target.parse(target, context).whole(target);
        String version = tag.isEmpty() ? wanted.tag() : tag;
        Map<String, String> body = new LinkedHashMap<>();
        if (!version.isEmpty()) body.put("tag", version);
        if (!wanted.service().isEmpty()) body.put("service", wanted.service());
        Api api = api();
        JsonTree answer = api.post(Api.path("v1", "stacks", wanted.stack(), verb), body);
        if (json) terminal().line(answer.toPrettyString());
        String doing = verb.equals("stop") ? "stopping" : verb + "ing";
        terminal().note(terminal().paintError(Ink.green, "✓") + " " + doing + " " + wanted + terminal().paintError(Ink.faint, "  concierge ps -w " + wanted.stack()));
        return Exit.OK;
    }
}
