package concierge.cli.program;

import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Roles;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code backup}: the state, in a file. */
public final class BackupCommand extends Command {
    @Parameters(paramLabel = "FILE", description = "a new file; it holds environment values, so it is made for you alone")
    String file = "";

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "a setting, over environment and file: --set store.url=etcd://10.0.0.1")
    Map<String, String> settings = new LinkedHashMap<>();

    public BackupCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        return Transfers.run(context, settings, new Roles.Transfer.Backup(context.folder().resolve(file)), "saved in " + file);
    }
}
