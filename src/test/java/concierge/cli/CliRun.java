package concierge.cli;

import concierge.cli.command.Context;
import concierge.cli.command.Roles;
import concierge.cli.terminal.Terminal;
import concierge.config.Configuration;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** One command line, run in this process: its exit code and what it wrote. */
public record CliRun(int exit, String out, String err) {
    public static CliRun of(Path home, String... arguments) {
        return with("", home, arguments);
    }

    /** @param input what it is given */
    static CliRun with(String input, Path home, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CliRun run = run(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), out, home, arguments);
        return new CliRun(run.exit, out.toString(StandardCharsets.UTF_8), run.err);
    }

    /** @param out where its results go */
    static CliRun into(OutputStream out, Path home, String... arguments) {
        return run(InputStream.nullInputStream(), out, home, arguments);
    }

    private static CliRun run(InputStream in, OutputStream out, Path home, String... arguments) {
        ByteArrayOutputStream error = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(in, new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(error, false, StandardCharsets.UTF_8), Terminal.Abilities.NONE);
        Context context = new Context(terminal, Map.of("CONCIERGE_HOME", home.toString()), home, new NoRoles());
        return new CliRun(new Cli(context).run(arguments), "", error.toString(StandardCharsets.UTF_8));
    }

    private record NoRoles() implements Roles {
        @Override
        public int serve(Role role, Configuration configuration) {
            throw new AssertionError("no test of commands starts a " + role);
        }

        @Override
        public long transfer(Configuration configuration, Transfer transfer, java.util.function.LongConsumer progress) {
            throw new AssertionError("no test of commands brings a state anywhere");
        }
    }
}
