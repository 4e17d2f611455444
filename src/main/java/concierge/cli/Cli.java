package concierge.cli;

import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.Entry;
import concierge.cli.command.Misuse;
import concierge.cli.command.Report;
import concierge.cli.command.Roles;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.OutputGone;
import concierge.cli.terminal.Terminal;
import concierge.model.Names;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;

/** The way in: finds the command, runs it, turns failures into messages and exit codes. */
public final class Cli {
    private final Context context;

    Cli(Context context) {
        this.context = context;
    }

    /** Runs one command line of this process; returns its exit code. */
    public static int run(String[] arguments, Roles roles) {
        Map<String, String> environment = System.getenv();
        return new Cli(new Context(Terminal.system(environment), environment, Path.of(""), roles)).run(arguments);
    }

    int run(String... arguments) {
        try {
            int exit = outcome(arguments);
            terminal().out().flush();
            return exit;
        } catch (OutputGone gone) {
            if (gone.isUnwanted()) return Exit.UNWANTED;
            terminal().note("error: cannot write the output: " + gone.getMessage());
            return Exit.FAILED;
        } finally {
            terminal().error().flush();
        }
    }

    private int outcome(String... arguments) {
        try {
            return dispatch(arguments);
        } catch (Failure failure) {
            new Report(terminal(), context.folder()).errors(failure.problems());
            return failure.exit();
        }
    }

    private int dispatch(String... arguments) {
        if (arguments.length == 0) {
            terminal().error().print(Help.all(terminal()));
            return Exit.USAGE;
        }
        String name = arguments[0];
        String[] rest = Arrays.copyOfRange(arguments, 1, arguments.length);
        if (name.equals("--version") || name.equals("-V")) return dispatch("version");
        if (name.equals("-h") || name.equals("--help") || name.equals("help") && rest.length == 0) {
            terminal().out().print(Help.all(terminal()));
            return Exit.OK;
        }
        if (name.equals("help")) return dispatch(rest[0], "--help");
        Optional<Entry> entry = Catalog.find(name);
        return entry.isPresent() ? execute(entry.get(), rest) : unknown(name);
    }

    private int execute(Entry entry, String[] rest) {
        Command command = parsed(entry, context, rest);
        // A command holds what it works in from the start: with another installation it is made anew.
        if (!command.wantsHelp() && !command.installation().isEmpty()) command = parsed(entry, context.in(command.installation()), rest);
        return command.wantsHelp() ? Exit.OK : command.run();
    }

    /** Ready to run, or its help is shown. */
    private Command parsed(Entry entry, Context context, String[] rest) {
        Command command = entry.maker().apply(context);
        CommandLine line = Help.line(entry, command);
        try {
            line.parseArgs(rest);
            if (line.isUsageHelpRequested()) {
                terminal().out().print(Help.of(entry, line, terminal()));
            }
        } catch (CommandLine.ParameterException e) {
            throw Misuse.of(entry, e);
        }
        return command;
    }

    private int unknown(String name) {
        String near = Names.nearest(name, Catalog.names()).map(word -> "did you mean " + word + "? ").orElse("");
        if (name.startsWith("-")) throw new Failure(Exit.USAGE, "no such option: " + name, "options follow the command: concierge ps " + name);
        throw new Failure(Exit.USAGE, "no such command: " + name, near + "concierge --help lists the commands");
    }

    private Terminal terminal() {
        return context.terminal();
    }

    /** A heading of help texts. */
    static String heading(Terminal terminal, String text) {
        return terminal.paint(Ink.bold, text);
    }
}
