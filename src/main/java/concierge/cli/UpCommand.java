package concierge.cli;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import java.util.Map;
import picocli.CommandLine.Option;

/** {@code up}: deploy, and a server before it where none runs. */
final class UpCommand extends DeployCommand {
    @Option(names = {"-f", "--follow"}, description = "then show the logs until ctrl-c")
    boolean follow;

    UpCommand(Context context) {
        super(context);
    }

    @Override
    int run() {
        StackFile file = StackFile.find(place, context);
        Api api = new ServerStart(context).ensure(Map.of());
        int exit = deploy(api, file);
        if (exit != Exit.OK || !follow) return exit;
        return LogsCommand.follow(context, api, file.stackName());
    }
}
