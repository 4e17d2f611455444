package concierge.cli.command;

import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.terminal.Terminal;
import java.io.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Asks a person at the terminal. */
public final class Ask {
    private Ask() {}

    /**
     * What is typed, without showing it.
     *
     * @param otherwise the command line for where nobody can be asked
     */
    public static byte[] hidden(Terminal terminal, String prompt, String otherwise) {
        Console console = System.console();
        if (console == null) throw new Failure(Exit.FAILED, "cannot ask without showing what is typed", otherwise);
        terminal.error().print(prompt + " (not shown): ");
        terminal.error().flush();
        char[] typed = console.readPassword();
        if (typed == null || typed.length == 0) throw new Failure(Exit.FAILED, "nothing was set", "");
        byte[] value = new String(typed).getBytes(StandardCharsets.UTF_8);
        Arrays.fill(typed, ' ');
        return value;
    }

    /** The line that is typed. */
    public static String line(Terminal terminal, String prompt) {
        terminal.error().print(prompt);
        terminal.error().flush();
        try {
            StringBuilder answer = new StringBuilder();
            for (int c = terminal.in().read(); c >= 0 && c != '\n'; c = terminal.in().read()) answer.append((char) c);
            return answer.toString().strip();
        } catch (IOException e) {
            throw new Failure(Exit.FAILED, "cannot read the answer: " + e.getMessage(), "");
        }
    }
}
