package concierge.cli.deploy;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.StackFile;
import concierge.cli.command.Times;
import concierge.cli.terminal.Ink;
import concierge.json.JsonTree;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code build}. */
public final class BuildCommand extends Command {
    @Parameters(arity = "0..1", paramLabel = "FOLDER|FILE", description = "the stack file or its folder; default: this folder")
    String place = ".";

    @Option(names = {"-t", "--tag"}, paramLabel = "TAG", description = "the version that the images are for")
    String tag = "";

    @Option(names = "--no-cache", description = "build every image anew")
    boolean noCache;

    @Option(names = "--json", description = "the outcome as JSON")
    boolean json;

    public BuildCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        return build(context, StackFile.find(place, context), tag, noCache, "", json);
    }

    /** @param push where the images go afterwards; empty: nowhere */
    static int build(Context context, StackFile file, String tag, boolean noCache, String push, boolean json) {
        Api api = context.servers().require();
        Instant began = Instant.now();
        JsonTree done;
        try (Rollout rollout = new Rollout(context)) {
            Map<String, Object> body = new Submission(file).body(api, rollout, tag, false, noCache);
            if (!push.isEmpty()) body.put("push", push);
            rollout.brief("building");
            done = rollout.follow(api, "/v1/build", body);
        }
        if (json) context.terminal().line(done.toPrettyString());
        String outcome = done.path("outcome").asString("");
        if (!outcome.equals("succeeded")) throw new Failure(Exit.DEPLOYMENT_FAILED, "the build failed: " + done.path("reason").asString(outcome), "");
        String took = Times.took(Duration.between(began, Instant.now()));
        context.terminal().note(context.terminal().paintError(Ink.green, "✓") + (push.isEmpty() ? " built after " : " built and pushed after ") + took);
        return Exit.OK;
    }
}
