package concierge.cli.deploy;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Problems;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.StackFile;
import concierge.cli.terminal.Cells;
import concierge.cli.terminal.Ink;
import concierge.json.JsonTree;
import concierge.model.Names;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code plan}: what deploy would do, as signed lines: + new, ~ changed, - gone. */
public final class PlanCommand extends Command {
    /** The longest kind of a step, and a blank. */
    private static final int KIND = 8;

    /** Narrower than this a column of words is no text any more. */
    private static final int LEAST = 16;

    @Parameters(arity = "0..1", paramLabel = "FOLDER|FILE", description = "the stack file or its folder; default: this folder")
    String place = ".";

    @Option(names = {"-t", "--tag"}, paramLabel = "TAG", description = "the version; git: the short commit; default: default")
    String tag = "";

    @Option(names = "--beside", description = "as if the other versions were kept")
    boolean beside;

    @Option(names = "--json", description = "as JSON")
    boolean json;

    public PlanCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        StackFile file = StackFile.find(place, context);
        Api api = api();
        JsonTree plan;
        try (Rollout rollout = new Rollout(context)) {
            Map<String, Object> body = new Submission(file).body(api, rollout, tag, beside, false);
            rollout.brief("planning");
            plan = api.post("/v1/plan", body);
            for (JsonTree warning : plan.path("warnings").values()) rollout.warning(Problems.one(warning, "message"));
            rollout.end();
        }
        if (json) terminal().line(plan.toPrettyString());
        else show(plan);
        return Exit.OK;
    }

    private void show(JsonTree plan) {
        String stack = plan.path("stack").asString("");
        String tag = plan.path("tag").asString("");
        terminal().line(terminal().paint(Ink.bold, stack + (tag.equals(Names.DEFAULT_TAG) ? "" : " at " + tag)));
        List<Line> lines = new ArrayList<>();
        for (JsonTree step : plan.path("steps").values()) lines.add(Line.of(step, stack, tag));
        List<Line> refused = refused(plan, stack, tag);
        lines.addAll(refused);
        int width = 0;
        for (Line line : lines) width = Math.max(width, Cells.width(line.subject()));
        for (Line line : lines) print(line, width);
        long steps = lines.stream().filter(line -> !line.kind().equals("keep")).count() - refused.size();
        String sum = (steps == 0 ? "nothing would change" : steps + (steps == 1 ? " step" : " steps") + "; nothing has been changed")
                + (refused.isEmpty() ? "" : "; not everything could be placed");
        terminal().line(terminal().paint(Ink.faint, sum));
    }

    /** @param kind the step's, or {@code wait} for what could not be placed */
    private record Line(String kind, String subject, String text, String reason) {
        static Line of(JsonTree step, String stack, String tag) {
            return new Line(step.path("kind").asString(""), subject(step.path("subject").asString(""), stack, tag),
                    Cells.tame(step.path("text").asString("")), Cells.tame(step.path("reason").asString("")));
        }

        /** Without what stands in the heading. */
        static String subject(String path, String stack, String tag) {
            for (String prefix : List.of(stack + "/" + tag + "/", stack + "/" + Names.STATIC_TAG + "/")) {
                if (path.startsWith(prefix)) return Cells.tame(path.substring(prefix.length()));
            }
            return Cells.tame(path);
        }
    }

    /** Instances of one service that are refused for one reason share a line. */
    private static List<Line> refused(JsonTree plan, String stack, String tag) {
        Map<List<String>, List<String>> numbers = new LinkedHashMap<>();
        for (JsonTree refusal : plan.path("refusals").values()) {
            String subject = Line.subject(refusal.path("instance").asString(""), stack, tag);
            int slash = subject.lastIndexOf('/');
            numbers.computeIfAbsent(List.of(subject.substring(0, Math.max(0, slash)), Cells.tame(refusal.path("reason").asString(""))), _ -> new ArrayList<>())
                    .add(subject.substring(slash + 1));
        }
        List<Line> lines = new ArrayList<>();
        numbers.forEach((key, n) -> lines.add(new Line("wait", key.getFirst() + "/" + (n.size() == 1 ? n.getFirst() : n.getFirst() + "…" + n.getLast()),
                key.getLast(), "")));
        return lines;
    }

    /** What does not fit in the line goes on below its text. */
    private void print(Line line, int width) {
        String head = terminal().paint(ink(line.kind()), sign(line.kind()) + " " + Cells.padded(line.kind(), KIND)) + Cells.padded(line.subject(), width) + "  ";
        int indent = 2 + KIND + width + 2;
        String text = line.text() + (line.reason().isEmpty() ? "" : (line.text().isEmpty() ? "" : "  ") + "(" + line.reason() + ")");
        int room = terminal().width() - indent;
        List<String> rows = room < LEAST ? List.of(text) : Cells.wrapped(text, room);
        for (int i = 0; i < rows.size(); i++) {
            String row = rows.get(i);
            int reason = i == 0 ? row.indexOf("  (") : 0;
            String painted = reason < 0 ? row : row.substring(0, reason) + terminal().paint(Ink.faint, row.substring(reason));
            terminal().line(((i == 0 ? head : " ".repeat(indent)) + painted).stripTrailing());
        }
    }

    private static String sign(String kind) {
        return switch (kind) {
            case "build", "create", "place", "route" -> "+";
            case "change", "replace" -> "~";
            case "remove", "stop" -> "-";
            case "wait" -> "!";
            default -> " ";
        };
    }

    private static Ink ink(String kind) {
        return switch (sign(kind)) {
            case "+" -> Ink.green;
            case "~" -> Ink.yellow;
            case "-", "!" -> Ink.red;
            default -> Ink.faint;
        };
    }
}
