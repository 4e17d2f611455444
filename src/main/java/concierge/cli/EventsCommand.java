package concierge.cli;

import concierge.cli.client.Api;
import concierge.cli.client.EventStream;
import concierge.cli.client.Exit;
import concierge.cli.terminal.Cells;
import concierge.cli.terminal.Ink;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code events}: what happened, and when. */
final class EventsCommand extends Command {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

    @Parameters(arity = "0..1", paramLabel = "STACK", description = "only of this stack; . for the one in this folder")
    String stack = "";

    @Option(names = {"-f", "--follow"}, description = "keep showing, until ctrl-c")
    boolean follow;

    @Option(names = "--since", paramLabel = "AGO", description = "not older than 30s, 10m, 2h, 3d, or a time")
    String since = "";

    @Option(names = "--json", description = "a JSON object a line")
    boolean json;

    EventsCommand(Context context) {
        super(context);
    }

    @Override
    int run() {
        String name = stack.isEmpty() ? "" : Target.parse(stack, context).stack();
        Api api = api();
        String path = Api.query("/v1/events", "stack", name, "follow", follow ? "true" : "", "since", Times.since(since, Instant.now()));
        try (EventStream events = api.follow(path)) {
            for (Optional<EventStream.Event> event = events.next(); event.isPresent(); event = events.next()) show(event.get().data());
        } catch (IOException e) {
            throw api.gone(e);
        }
        return Exit.OK;
    }

    private void show(JsonNode event) {
        if (json) {
            terminal().line(event.toString());
            return;
        }
        String line = terminal().paint(Ink.faint, time(event.path("at").asString(""))) + "  "
                + terminal().paint(ink(event.path("level").asString("")), Cells.padded(Cells.tame(event.path("kind").asString("")), 12)) + "  "
                + terminal().paint(Ink.bold, Cells.tame(event.path("subject").asString(""))) + "  " + Cells.tame(event.path("text").asString(""));
        terminal().line(Cells.fit(line, terminal().width()));
    }

    private static String time(String at) {
        try {
            return TIME.format(Instant.parse(at));
        } catch (DateTimeException e) {
            return at;
        }
    }

    private static Ink ink(String level) {
        return switch (level) {
            case "error" -> Ink.red;
            case "warn", "warning" -> Ink.yellow;
            default -> Ink.cyan;
        };
    }
}
