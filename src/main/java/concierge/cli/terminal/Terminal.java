package concierge.cli.terminal;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Where a command's output goes and what that place can do. Results go to {@link #out}, progress and
 * errors to {@link #error}. Writing results to nobody fails with {@link OutputGone}. Used by one thread at a time.
 */
public final class Terminal {
    /** Where nobody says how wide it is: what a pipe's reader can still read. */
    private static final int WIDTH = 80;

    /** Narrower than this nothing fits; lines are then cut as if it were so. */
    private static final int LEAST_WIDTH = 20;

    /** Asking the terminal takes milliseconds; one that takes longer does not answer. */
    private static final int STTY_SECONDS = 2;

    private final PrintStream out;
    private final PrintStream error;
    private final InputStream in;
    private final Abilities abilities;

    /**
     * @param input whether standard input is a terminal; so for output and error
     * @param colours whether output is coloured; {@code errorColours} so for error
     * @param columns width of the terminal that either goes to; 0 for as wide as it takes
     */
    public record Abilities(boolean input, boolean output, boolean error, boolean colours, boolean errorColours, int columns) {
        /** A pipe or file: no colours, no width. */
        public static final Abilities NONE = new Abilities(false, false, false, false, false, 0);

        /**
         * @param terminals digits of the descriptors that are terminals, {@code 012}, as the launcher found them
         * @param environment {@code NO_COLOR}, {@code CLICOLOR_FORCE}, {@code TERM}
         */
        public static Abilities of(String terminals, String columns, Map<String, String> environment) {
            boolean output = terminals.contains("1");
            boolean error = terminals.contains("2");
            boolean able = !environment.getOrDefault("TERM", "dumb").equals("dumb");
            boolean refused = !environment.getOrDefault("NO_COLOR", "").isEmpty();
            String forced = environment.getOrDefault("CLICOLOR_FORCE", "");
            boolean insists = !forced.isEmpty() && !forced.equals("0") && !refused;
            boolean wanted = able && !refused;
            return new Abilities(terminals.contains("0"), output && able, error && able,
                    insists || wanted && output, insists || wanted && error, output || error ? width(columns) : 0);
        }

        private static int width(String columns) {
            return columns.matches("[1-9][0-9]{0,4}") ? Math.max(LEAST_WIDTH, Integer.parseInt(columns)) : WIDTH;
        }
    }

    public Terminal(InputStream in, PrintStream out, PrintStream error, Abilities abilities) {
        this.in = in;
        this.out = out;
        this.error = error;
        this.abilities = abilities;
    }

    /** This process's own. The launcher says what it is connected to; without it Java guesses. */
    public static Terminal system(Map<String, String> environment) {
        String terminals = System.getProperty("concierge.terminal");
        if (terminals == null) terminals = System.console() != null && System.console().isTerminal() ? "012" : "";
        return new Terminal(System.in, stream(new OutputGone.Telling(FileDescriptor.out)), stream(new FileOutputStream(FileDescriptor.err)),
                Abilities.of(terminals, System.getProperty("concierge.columns", ""), environment));
    }

    /** UTF-8 whatever the locale says, buffered; flushed at line ends by hand. */
    private static PrintStream stream(OutputStream to) {
        return new PrintStream(new BufferedOutputStream(to, 8192), false, StandardCharsets.UTF_8);
    }

    public PrintStream out() {
        return out;
    }

    public PrintStream error() {
        return error;
    }

    public InputStream in() {
        return in;
    }

    public Abilities abilities() {
        return abilities;
    }

    /** Width that results should fit in; a pipe takes any. */
    public int width() {
        return abilities.columns() == 0 || !abilities.output() ? Integer.MAX_VALUE : abilities.columns();
    }

    /** Width that progress and messages should fit in. */
    public int errorWidth() {
        return abilities.columns() == 0 || !abilities.error() ? Integer.MAX_VALUE : abilities.columns();
    }

    /** The same place, so many columns wide now. */
    public Terminal resized(int columns) {
        Abilities now = new Abilities(abilities.input, abilities.output, abilities.error, abilities.colours, abilities.errorColours,
                Math.max(LEAST_WIDTH, columns));
        return new Terminal(in, out, error, now);
    }

    public String paint(Ink ink, String text) {
        return abilities.colours() ? ink.on(text) : text;
    }

    public String paintError(Ink ink, String text) {
        return abilities.errorColours() ? ink.on(text) : text;
    }

    public void line(String text) {
        out.println(text);
        out.flush();
    }

    /** A word to the person at the terminal, beside the results. */
    public void note(String text) {
        error.println(text);
        error.flush();
    }

    /** A longer word: broken at blanks where the terminal ends, with further lines set in. */
    public void note(String text, int indent) {
        List<String> lines = errorWidth() == Integer.MAX_VALUE ? List.of(text) : Cells.wrapped(text, errorWidth() - indent);
        error.println(lines.getFirst());
        for (String line : lines.subList(1, lines.size())) error.println(" ".repeat(indent) + line);
        error.flush();
    }

    /** Rows and columns right now; empty when there is no terminal, or one that was never told its size: it says 0. */
    public static Optional<int[]> size() {
        return stty("size").map(String::strip).filter(answer -> answer.matches("[1-9][0-9]{0,4} [1-9][0-9]{0,4}"))
                .map(answer -> new int[] {
                    Integer.parseInt(answer.substring(0, answer.indexOf(' '))),
                    Integer.parseInt(answer.substring(answer.indexOf(' ') + 1))
                });
    }

    /** Runs {@code stty} on our terminal; empty when there is none. */
    public static Optional<String> stty(String... arguments) {
        String[] command = new String[arguments.length + 1];
        command[0] = "stty";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        try {
            Process process = new ProcessBuilder(command)
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor(STTY_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0 ? Optional.of(answer) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // no stty or no terminal: the same to the caller
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
