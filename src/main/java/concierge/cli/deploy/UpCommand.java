package concierge.cli.deploy;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.command.Context;
import concierge.cli.command.StackFile;
import concierge.cli.look.LogsCommand;
import concierge.cli.program.ServerStart;
import java.util.Map;
import picocli.CommandLine.Option;

/** {@code up}: deploy, and a server before it where none runs. */
public final class UpCommand extends DeployCommand {
    @Option(names = {"-f", "--follow"}, description = "then show the logs until ctrl-c")
    boolean follow;

    public UpCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        StackFile file = StackFile.find(place, context);
        Api api = new ServerStart(context).ensure(Map.of());
        int exit = deploy(api, file);
        if (exit != Exit.OK || !follow) return exit;
        return LogsCommand.follow(context, api, file.stackName());
    }
}
