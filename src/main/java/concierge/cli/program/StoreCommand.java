package concierge.cli.program;

import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Misuse;
import concierge.cli.command.Roles;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code store copy}: the state, into another store. */
public final class StoreCommand extends Command {
    @Parameters(index = "0", paramLabel = "copy", description = "the only thing it does")
    String action = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "FROM", description = "embedded (the file in this home), or an address: etcd://host:2379/prefix")
    String from = "";

    @Parameters(index = "2", arity = "0..1", paramLabel = "TO", description = "the same; must be empty")
    String to = "";

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "a setting, over environment and file: --set store.ca=ca.pem")
    Map<String, String> settings = new LinkedHashMap<>();

    public StoreCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        if (!action.equals("copy")) throw Misuse.unknown("store", action, "action", List.of("copy"));
        if (to.isEmpty()) throw new Failure(Exit.USAGE, "store copy: two stores are needed", "concierge store copy embedded etcd://host:2379/prefix");
        String next = to.equals("embedded") ? "leave store.url out" : "set store.url to it";
        return Transfers.run(context, settings, new Roles.Transfer.Copy(from, to), from + " is copied to " + to + "; " + next + " and start the server: what runs goes on");
    }
}
