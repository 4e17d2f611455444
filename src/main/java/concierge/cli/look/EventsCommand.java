package concierge.cli.look;

import concierge.cli.client.Api;
import concierge.cli.client.EventStream;
import concierge.cli.client.Exit;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Target;
import concierge.cli.command.Times;
import concierge.cli.terminal.Cells;
import concierge.cli.terminal.Ink;
import concierge.json.JsonTree;
import concierge.model.Names;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code events}: what happened, and when. */
public final class EventsCommand extends Command {
    /** The longest kind of an event. */
    private static final int KIND = 10;

    /** Narrower than this a column of words is no text any more. */
    private static final int LEAST = 16;

    private static final DateTimeFormatter TODAY = DateTimeFormatter.ofPattern("HH:mm:ss").withZone(ZoneId.systemDefault());
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

    @Parameters(arity = "0..1", paramLabel = "STACK", description = "only of this stack; . for the one in this folder")
    String stack = "";

    @Option(names = {"-f", "--follow"}, description = "keep showing, until ctrl-c")
    boolean follow;

    @Option(names = "--since", paramLabel = "AGO", description = "not older than 30s, 10m, 2h, 3d, or a time")
    String since = "";

    @Option(names = "--json", description = "a JSON object a line")
    boolean json;

    /** Of the subjects so far. */
    private int width = 16;

    public EventsCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        String name = stack.isEmpty() ? "" : Target.stack(stack, context);
        Api api = api();
        String path = Api.query("/v1/events", "stack", name, "follow", follow ? "true" : "", "since", Times.since(since));
        try (EventStream events = api.follow(path)) {
            tellAge(api);
            for (Optional<EventStream.Event> event = events.next(); event.isPresent(); event = events.next()) show(event.get().data());
        } catch (IOException e) {
            throw api.gone(e);
        }
        return Exit.OK;
    }

    private void show(JsonTree event) {
        if (json) {
            terminal().line(event.toString());
            return;
        }
        String subject = Cells.tame(event.path("subject").asString("")).replace("/" + Names.DEFAULT_TAG + "/", "/");
        width = Math.max(width, Cells.width(subject));
        String head = terminal().paint(Ink.faint, time(event.path("at").asString(""))) + "  "
                + terminal().paint(ink(event.path("level").asString("")), Cells.padded(Cells.tame(event.path("kind").asString("")), KIND)) + "  "
                + terminal().paint(Ink.bold, Cells.padded(subject, width)) + "  ";
        int indent = Cells.width(head);
        String text = Cells.tame(event.path("text").asString(""));
        int room = terminal().width() - indent;
        List<String> lines = room < LEAST ? List.of(text) : Cells.wrapped(text, room);
        for (int i = 0; i < lines.size(); i++) terminal().line((i == 0 ? head : " ".repeat(indent)) + lines.get(i));
    }

    private static String time(String at) {
        try {
            Instant then = Instant.parse(at);
            ZoneId here = ZoneId.systemDefault();
            return (then.atZone(here).toLocalDate().equals(LocalDate.now(here)) ? TODAY : TIME).format(then);
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
