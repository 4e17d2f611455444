package concierge.cli.look;

import concierge.cli.client.Api;
import concierge.cli.client.EventStream;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Target;
import concierge.cli.command.Times;
import concierge.cli.terminal.Cells;
import concierge.cli.terminal.Ink;
import concierge.json.JsonTree;
import concierge.model.InstanceId;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code logs}: the lines of all instances in order of time, each with its name in its own colour. */
public final class LogsCommand extends Command {
    @Parameters(arity = "0..1", paramLabel = "STACK[/SERVICE[/N]]", description = "default: the stack of this folder")
    String target = ".";

    @Option(names = {"-f", "--follow"}, description = "keep showing, until ctrl-c")
    boolean follow;

    @Option(names = "--since", paramLabel = "AGO", description = "not older than 30s, 10m, 2h, 3d, or a time")
    String since = "";

    @Option(names = {"-n", "--tail"}, paramLabel = "N", description = "at most so many lines of the past of each instance")
    @Nullable Integer tail;

    @Option(names = {"-t", "--timestamps"}, description = "with the time of each line")
    boolean timestamps;

    @Option(names = "--tag", paramLabel = "TAG", description = "only this version")
    String tag = "";

    @Option(names = "--json", description = "a JSON object a line")
    boolean json;

    private int width;
    private boolean told;
    /** What the stack has now; output outlives it. */
    private List<InstanceRow> rows = List.of();

    public LogsCommand(Context context) {
        super(context);
    }

    public static int follow(Context context, Api api, String stack) {
        LogsCommand command = new LogsCommand(context);
        command.follow = true;
        return command.show(api, new Target(stack, "", "", 0));
    }

    @Override
    public int run() {
        if (tail != null && tail < 0) throw new Failure(Exit.USAGE, "--tail: " + tail + " (expected: 0 or more)", "");
        Target wanted = Target.parse(target, context);
        return show(api(), wanted);
    }

    private int show(Api api, Target wanted) {
        String chosen = tag.isEmpty() ? wanted.tag() : tag;
        boolean exact = wanted.n() > 0 && !chosen.isEmpty();
        String path = Api.query("/v1/logs", "stack", wanted.stack(), "tag", chosen, "service", wanted.service(),
                "instance", exact ? wanted.stack() + "/" + chosen + "/" + wanted.service() + "/" + wanted.n() : "",
                "follow", follow ? "true" : "", "since", Times.since(since), "tail", tail == null ? "" : tail.toString());
        look(api, wanted);
        try (EventStream events = api.follow(path)) {
            tellAge(api);
            for (Optional<EventStream.Event> event = events.next(); event.isPresent(); event = events.next()) {
                if (event.get().name().equals("line")) line(wanted, event.get().data());
            }
        } catch (IOException e) {
            throw api.gone(e);
        }
        if (told) return Exit.OK;
        if (wanted.n() > 0 && rows.stream().noneMatch(row -> isOf(row, wanted))) throw nobody(wanted);
        terminal().note(terminal().paintError(Ink.faint, "no output of " + wanted + (since.isEmpty() ? "" : " since then")));
        return Exit.OK;
    }

    /** Names that are known from the start stand in one column. */
    private void look(Api api, Target wanted) {
        rows = new Overview(api.read(Api.query("/v1/ps", "stack", wanted.stack()))).instances();
        for (InstanceRow row : rows) {
            if (isOf(row, wanted)) width = Math.max(width, Cells.width(shown(wanted, row.path())));
        }
    }

    private static boolean isOf(InstanceRow row, Target wanted) {
        return wanted.matches(row.tag(), row.service(), row.n());
    }

    /** Neither is it there, nor is anything left of it. */
    private Failure nobody(Target wanted) {
        Target service = new Target(wanted.stack(), wanted.tag(), wanted.service(), 0);
        String there = String.join(", ", rows.stream().filter(row -> isOf(row, service)).map(InstanceRow::name).toList());
        String kept = since.isEmpty() ? ", and no output of one" : ", and no output of one since then";
        return new Failure(Exit.REFUSED, wanted + ": no such instance" + kept, there.isEmpty() ? "nothing of " + service + " runs" : "there are " + there);
    }

    private void line(Target wanted, JsonTree line) {
        String instance = line.path("instance").asString("");
        if (!meant(wanted, instance)) return;
        told = true;
        if (json) {
            terminal().line(line.toString());
            return;
        }
        StringBuilder out = new StringBuilder();
        if (wanted.n() == 0) out.append(prefix(wanted, instance));
        if (timestamps) out.append(terminal().paint(Ink.faint, line.path("at").asString("") + " "));
        // Colours are the program's own and welcome on a terminal; a pipe gets plain text.
        String text = line.path("text").asString("");
        terminal().line(out.append(terminal().abilities().colours() ? text : Cells.tame(text)).toString());
    }

    private static boolean meant(Target wanted, String instance) {
        try {
            InstanceId id = InstanceId.parse(instance);
            return wanted.matches(id.service().tag(), id.service().service(), id.n());
        } catch (IllegalArgumentException e) {
            return wanted.n() == 0; // a source that is no instance, such as a static site
        }
    }

    /** {@code web/1}, in a column that grows as longer names come; with the tag unless it is the usual one. */
    private String prefix(Target wanted, String instance) {
        String shown = shown(wanted, instance);
        width = Math.max(width, Cells.width(shown));
        return terminal().paint(Ink.of(instance), Cells.padded(shown, width) + " │") + " ";
    }

    private static String shown(Target wanted, String instance) {
        String name = instance.startsWith(wanted.stack() + "/") ? instance.substring(wanted.stack().length() + 1) : instance;
        return name.replaceFirst("^(default|static)/", "");
    }
}
