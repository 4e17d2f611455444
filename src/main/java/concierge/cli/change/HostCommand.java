package concierge.cli.change;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Misuse;
import concierge.cli.terminal.Ink;
import concierge.json.JsonTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code host cordon|uncordon|drain|forget NAME}. */
public final class HostCommand extends Command {
    @Parameters(index = "0", paramLabel = "cordon|uncordon|drain|forget", description = "keep new instances away; let them come again; move away what runs there, too; give up what waits for a host that is gone")
    String action = "";

    @Parameters(index = "1", paramLabel = "NAME", description = "as concierge hosts names it")
    String name = "";

    @Option(names = "--json", description = "the answer as JSON")
    boolean json;

    public HostCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        return switch (action) {
            case "cordon" -> done(api().post(Api.path("v1", "hosts", name, "cordon"), Map.of("drain", false)), name + " takes no new instances");
            case "drain" -> done(api().post(Api.path("v1", "hosts", name, "cordon"), Map.of("drain", true)), "what runs on " + name + " moves elsewhere; concierge hosts shows how far it is");
            case "uncordon" -> done(api().delete(Api.path("v1", "hosts", name, "cordon")), name + " takes instances again");
            case "forget" -> {
                JsonTree answer = api().delete(Api.path("v1", "hosts", name));
                List<String> released = new ArrayList<>();
                for (JsonTree instance : answer.path("instances").values()) released.add(instance.asString(""));
                yield done(answer, "forgot " + name + (released.isEmpty() ? "" : ", released " + String.join(", ", released)));
            }
            default -> throw Misuse.unknown("host", action, "action", List.of("cordon", "uncordon", "drain", "forget"));
        };
    }

    private int done(JsonTree answer, String text) {
        if (json) terminal().line(answer.toPrettyString());
        terminal().note(terminal().paintError(Ink.green, "✓") + " " + text);
        return Exit.OK;
    }
}
