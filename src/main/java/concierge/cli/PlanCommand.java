package concierge.cli;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Problems;
import concierge.cli.terminal.Cells;
import concierge.cli.terminal.Ink;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code plan}: what deploy would do, as signed lines: + new, ~ changed, - gone. */
final class PlanCommand extends Command {
    @Parameters(arity = "0..1", paramLabel = "FOLDER|FILE", description = "the stack file or its folder; default: this folder")
    String place = ".";

    @Option(names = {"-t", "--tag"}, paramLabel = "TAG", description = "the version; git: the short commit; default: default")
    String tag = "";

    @Option(names = "--beside", description = "as if the other versions were kept")
    boolean beside;

    @Option(names = "--json", description = "as JSON")
    boolean json;

    PlanCommand(Context context) {
        super(context);
    }

    @Override
    int run() {
        StackFile file = StackFile.find(place, context);
        Api api = api();
        JsonNode plan;
        try (Rollout rollout = new Rollout(context)) {
            Map<String, Object> body = new Submission(file).body(api, rollout, tag, beside, false);
            plan = api.post("/v1/plan", body);
            rollout.end();
        }
        if (json) terminal().line(plan.toPrettyString());
        else show(plan);
        return Exit.OK;
    }

    private void show(JsonNode plan) {
        for (JsonNode warning : plan.path("warnings").values()) new Report(terminal(), context.folder()).warning(Problems.one(warning, "message"));
        terminal().line(terminal().paint(Ink.bold, plan.path("stack").asString("") + " at " + plan.path("tag").asString("")));
        int changes = 0;
        int width = 0;
        for (JsonNode step : plan.path("steps").values()) width = Math.max(width, Cells.width(step.path("subject").asString("")));
        for (JsonNode step : plan.path("steps").values()) {
            if (!step.path("kind").asString("").equals("keep")) changes++;
            terminal().line(line(step, width));
        }
        for (JsonNode refusal : plan.path("refusals").values()) {
            terminal().line(terminal().paint(Ink.red, "! " + Cells.tame(refusal.path("instance").asString("")) + "  cannot be placed: "
                    + Cells.tame(refusal.path("reason").asString(""))));
        }
        String sum = changes == 0 ? "nothing would change" : changes == 1 ? "1 step; nothing has been changed" : changes + " steps; nothing has been changed";
        terminal().line(terminal().paint(Ink.faint, sum));
    }

    private String line(JsonNode step, int width) {
        String kind = step.path("kind").asString("");
        String text = Cells.tame(step.path("text").asString(""));
        String reason = Cells.tame(step.path("reason").asString(""));
        String subject = Cells.padded(Cells.tame(step.path("subject").asString("")), width);
        String line = terminal().paint(ink(kind), sign(kind) + " " + Cells.padded(kind, 8)) + subject + "  " + text
                + (reason.isEmpty() ? "" : terminal().paint(Ink.faint, "  (" + reason + ")"));
        return Cells.fit(line.stripTrailing(), terminal().width());
    }

    private static String sign(String kind) {
        return switch (kind) {
            case "build", "create", "place", "route" -> "+";
            case "change", "replace" -> "~";
            case "remove", "stop" -> "-";
            default -> " ";
        };
    }

    private static Ink ink(String kind) {
        return switch (sign(kind)) {
            case "+" -> Ink.green;
            case "~" -> Ink.yellow;
            case "-" -> Ink.red;
            default -> Ink.faint;
        };
    }
}
