package concierge.cli.look;

import concierge.cli.client.Api;
import concierge.cli.client.EventStream;
import concierge.cli.client.Exit;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Target;
import concierge.cli.terminal.Cells;
import concierge.cli.terminal.Screen;
import concierge.cli.terminal.Terminal;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ps}, {@code status}. */
public final class PsCommand extends Command {
    @Option(names = {"-w", "--watch"}, description = "keep showing, as it changes")
    boolean watch;

    @Option(names = "--tag", paramLabel = "TAG", description = "only this version")
    String tag = "";

    @Option(names = "--json", description = "as JSON")
    boolean json;

    @Parameters(arity = "0..1", paramLabel = "STACK[/SERVICE[/N]]", description = "only of this; . for the stack of this folder")
    String target = "";

    public PsCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        Target wanted = target.isEmpty() ? Target.ALL : Target.parse(target, context);
        if (!tag.isEmpty()) wanted = new Target(wanted.stack(), tag, wanted.service(), wanted.n());
        Api api = api();
        if (watch) return watch(api, wanted);
        Overview all = new Overview(api.read(Api.query("/v1/ps", "stack", wanted.stack(), "tag", wanted.tag())));
        Overview found = all.only(wanted);
        if (found.isEmpty()) all.requireNamed(api, wanted);
        if (json) terminal().line(found.body().toPrettyString());
        else for (String line : found.lines(terminal(), Instant.now())) terminal().line(line);
        return Exit.OK;
    }

    private int watch(Api api, Target wanted) {
        String path = Api.query("/v1/watch", "stack", wanted.stack(), "tag", wanted.tag());
        try (EventStream events = api.follow(path); Screen screen = new Screen(terminal())) {
            for (Optional<EventStream.Event> event = events.next(); event.isPresent(); event = events.next()) {
                if (!event.get().name().equals("ps")) continue;
                Overview found = new Overview(event.get().data()).only(wanted);
                if (json) terminal().line(found.body().toString());
                else screen.show(shown -> lines(shown, found, wanted));
            }
        } catch (IOException e) {
            throw api.gone(e);
        }
        return Exit.OK;
    }

    private static List<String> lines(Terminal terminal, Overview found, Target wanted) {
        List<String> lines = new ArrayList<>(found.lines(terminal, Instant.now()));
        if (terminal.abilities().output()) {
            lines.addFirst(Cells.fit("concierge ps " + wanted + "  (ctrl-c ends)", terminal.width()));
            lines.add(1, "");
        }
        return lines;
    }
}
