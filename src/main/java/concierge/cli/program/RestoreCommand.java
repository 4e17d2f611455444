package concierge.cli.program;

import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Roles;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code restore}: the state, from a file. */
public final class RestoreCommand extends Command {
    @Parameters(paramLabel = "FILE", description = "what backup wrote; the store must be empty")
    String file = "";

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "a setting, over environment and file: --set store.url=etcd://10.0.0.1")
    Map<String, String> settings = new LinkedHashMap<>();

    public RestoreCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        return Transfers.run(context, settings, new Roles.Transfer.Restore(context.folder().resolve(file)), "restored from " + file);
    }
}
