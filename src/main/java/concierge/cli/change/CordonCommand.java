package concierge.cli.change;

import concierge.cli.command.Command;
import concierge.cli.command.Context;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cordon}, {@code drain} and {@code uncordon}: {@code host} with the word first. */
public final class CordonCommand extends Command {
    @Parameters(paramLabel = "HOST", description = "as concierge hosts names it")
    String name = "";

    @Option(names = "--json", description = "the answer as JSON")
    boolean json;

    @Option(names = "--dry-run", description = "drain: show what would move, and change nothing")
    boolean dryRun;

    private final String action;

    public CordonCommand(Context context, String action) {
        super(context);
        this.action = action;
    }

    @Override
    public int run() {
        HostCommand host = new HostCommand(context);
        host.action = action;
        host.name = name;
        host.json = json;
        host.dryRun = dryRun;
        return host.run();
    }
}
