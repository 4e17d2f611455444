package concierge.cli.deploy;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.client.Servers;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Report;
import concierge.cli.command.StackFile;
import concierge.cli.command.Times;
import concierge.cli.look.Overview;
import concierge.cli.terminal.Ink;
import concierge.json.JsonTree;
import concierge.model.Problem;
import concierge.runtime.Detached;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code deploy}, and what {@code up} does after it found a server. */
public class DeployCommand extends Command {
    @Parameters(arity = "0..1", paramLabel = "FOLDER|FILE", description = "the stack file or its folder; default: this folder")
    String place = ".";

    @Option(names = {"-t", "--tag"}, paramLabel = "TAG", description = "the version; git: the short commit; default: default")
    String tag = "";

    @Option(names = "--beside", description = "keep the other versions running, and the domains with them")
    boolean beside;

    @Option(names = "--no-cache", description = "build every image anew")
    boolean noCache;

    @Option(names = "--json", description = "the outcome as JSON")
    boolean json;

    public DeployCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        StackFile file = StackFile.find(place, context);
        return deploy(api(), file);
    }

    final int deploy(Api api, StackFile file) {
        Instant began = Instant.now();
        tellOtherBuild();
        try (Rollout rollout = new Rollout(context)) {
            Map<String, Object> body = new Submission(file).body(api, rollout, tag, beside, noCache);
            rollout.brief("deploying");
            JsonTree done = rollout.follow(api, "/v1/deploy", body);
            rollout.end();
            return tell(done, rollout, Duration.between(began, Instant.now()));
        }
    }

    /** A server goes on with the program it was started from, however new this one is. */
    private void tellOtherBuild() {
        // One elsewhere is not this machine's to start anew.
        if (context.servers().isElsewhere()) return;
        String ours = Detached.build();
        String theirs = context.servers().record().map(Servers.Record::build).orElse("");
        if (ours.isEmpty() || ours.equals(theirs)) return;
        new Report(terminal(), context.folder()).warning(Problem.of("other-build", "the server runs another build of concierge than this one",
                "concierge server stop ends it, instances go on; up then starts the new one"));
    }

    private int tell(JsonTree done, Rollout rollout, Duration took) {
        String outcome = done.path("outcome").asString("");
        if (json) terminal().line(done.toPrettyString());
        if (!outcome.equals("succeeded")) {
            if (!outcome.equals("superseded")) rollout.explain();
            String reason = done.path("reason").asString("");
            String why = reason.isEmpty() ? "" : ": " + reason;
            if (outcome.equals("superseded")) throw new Failure(Exit.DEPLOYMENT_FAILED, "something else came after this deployment" + why, "concierge ps shows what runs now");
            throw new Failure(Exit.DEPLOYMENT_FAILED, "the deployment failed" + why, "what runs is left as it is; concierge ps shows it, concierge logs tells more");
        }
        if (!json) {
            for (String line : new Overview(done.path("ps")).lines(terminal(), Instant.now())) terminal().line(line);
            terminal().note(terminal().paintError(Ink.green, "✓") + " up and ready after " + Times.took(took));
        }
        return Exit.OK;
    }
}
