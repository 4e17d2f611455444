package concierge.cli.command;

import concierge.cli.client.Api;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Terminal;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import picocli.CommandLine.Option;

/** One command: its fields are its options and parameters, filled by picocli before {@link #run}. */
public abstract class Command {
    @Option(names = {"-h", "--help"}, usageHelp = true, description = "show this help")
    private boolean help;

    @Option(names = "--context", paramLabel = "NAME", description = "the installation, as concierge login named it; local: this machine's")
    private String installation = "";

    protected final Context context;

    protected Command(Context context) {
        this.context = context;
    }

    /** Whether its help is wanted instead of what it does. */
    public final boolean wantsHelp() {
        return help;
    }

    /** The installation that was named; empty: none was. */
    public final String installation() {
        return installation;
    }

    /** Does it; returns the exit code, throws {@link concierge.cli.client.Failure} when it cannot. */
    public abstract int run();

    protected final Terminal terminal() {
        return context.terminal();
    }

    /** Says, beside what is shown, from when it is, where the server cannot know better. */
    protected final void tellAge(Api api) {
        api.asOf().ifPresent(at -> terminal().note(terminal().paintError(Ink.yellow, "! ") + "the store has not answered for " + Times.age(at, Instant.now())
                + "; this is how it was at " + LocalTime.ofInstant(at, ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS) + ", and nothing can be changed", 2));
    }

    /** The server that runs; fails when none does. */
    protected final Api api() {
        return context.servers().require();
    }
}
