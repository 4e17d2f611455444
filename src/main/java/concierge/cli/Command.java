package concierge.cli;

import concierge.cli.client.Api;
import concierge.cli.terminal.Terminal;
import picocli.CommandLine.Option;

/** One command: its fields are its options and parameters, filled by picocli before {@link #run}. */
abstract class Command {
    @Option(names = {"-h", "--help"}, usageHelp = true, description = "show this help")
    boolean help;

    @Option(names = "--context", paramLabel = "NAME", description = "the installation, as concierge login named it; local: this machine's")
    String installation = "";

    final Context context;

    Command(Context context) {
        this.context = context;
    }

    /** Does it; returns the exit code, throws {@link concierge.cli.client.Failure} when it cannot. */
    abstract int run();

    final Terminal terminal() {
        return context.terminal();
    }

    /** The server that runs; fails when none does. */
    final Api api() {
        return context.servers().require();
    }
}
