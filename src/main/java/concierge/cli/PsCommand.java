package concierge.cli;

import concierge.cli.client.Api;
import concierge.cli.client.EventStream;
import concierge.cli.client.Exit;
import concierge.cli.terminal.Cells;
import concierge.cli.terminal.Screen;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code ps}, {@code status}. */
final class PsCommand extends Command {
    @Option(names = {"-w", "--watch"}, description = "keep showing, as it changes")
    boolean watch;

    @Option(names = "--tag", paramLabel = "TAG", description = "only this version")
    String tag = "";

    @Option(names = "--json", description = "as JSON")
    boolean json;

    @Parameters(arity = "0..1", paramLabel = "STACK", description = "only this stack; . for the one in this folder")
    String stack = "";

    PsCommand(Context context) {
        super(context);
    }

    @Override
    int run() {
        String name = stack.isEmpty() ? "" : Target.parse(stack, context).stack();
        Api api = api();
        if (watch) return watch(api, name);
        JsonNode body = api.read(Api.query("/v1/ps", "stack", name, "tag", tag));
        if (json) terminal().line(body.toPrettyString());
        else for (String line : new Overview(body).lines(terminal(), Instant.now())) terminal().line(line);
        return Exit.OK;
    }

    private int watch(Api api, String name) {
        try (EventStream events = api.follow(Api.query("/v1/watch", "stack", name, "tag", tag)); Screen screen = new Screen(terminal())) {
            for (Optional<EventStream.Event> event = events.next(); event.isPresent(); event = events.next()) {
                if (!event.get().name().equals("ps")) continue;
                if (json) terminal().line(event.get().data().toString());
                else screen.show(lines(event.get().data(), name));
            }
        } catch (IOException e) {
            throw api.gone(e);
        }
        return Exit.OK;
    }

    private List<String> lines(JsonNode body, String name) {
        List<String> lines = new java.util.ArrayList<>(new Overview(body).lines(terminal(), Instant.now()));
        if (terminal().abilities().output()) {
            lines.addFirst(Cells.fit("concierge ps " + name + "  (ctrl-c ends)", terminal().width()));
            lines.add(1, "");
        }
        return lines;
    }
}
