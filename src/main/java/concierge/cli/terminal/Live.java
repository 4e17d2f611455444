package concierge.cli.terminal;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/**
 * A block of lines at the bottom of the terminal that is drawn over in place. Lines that are settled go
 * above it and stay. Where there is no terminal nothing is drawn in place. Safe for several threads.
 */
public final class Live implements AutoCloseable {
    private static final String HIDE_CURSOR = "\u001b[?25l";
    private static final String SHOW_CURSOR = "\u001b[?25h";
    private static final String CLEAR_BELOW = "\u001b[J";

    /** Turning once in about a second at the redraws of {@code Progress}. */
    private static final String[] SPINNER = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};

    private final PrintStream stream;
    private final boolean inPlace;
    private final int width;
    private final Thread restore = new Thread(this::showCursor, "restore-cursor");
    private int drawn;
    private boolean hidden;

    public Live(Terminal terminal) {
        this.stream = terminal.error();
        this.inPlace = terminal.abilities().error();
        this.width = terminal.abilities().columns() == 0 ? 80 : terminal.abilities().columns();
        // A ctrl-C must not leave the person without a cursor.
        if (inPlace) Runtime.getRuntime().addShutdownHook(restore);
    }

    public boolean inPlace() {
        return inPlace;
    }

    public static String spinner(long frame) {
        return SPINNER[(int) Math.floorMod(frame, (long) SPINNER.length)];
    }

    /** Draws the block anew. */
    public synchronized void draw(List<String> lines) {
        if (!inPlace) return;
        StringBuilder out = new StringBuilder(hidden ? "" : HIDE_CURSOR);
        hidden = true;
        up(out);
        for (String line : lines) out.append(Cells.fit(line, width - 1)).append("\u001b[K\n");
        out.append(CLEAR_BELOW);
        drawn = lines.size();
        stream.print(out);
        stream.flush();
    }

    /** Puts a line above the block, for good. */
    public synchronized void settle(String line) {
        StringBuilder out = new StringBuilder();
        up(out);
        if (inPlace) out.append(CLEAR_BELOW);
        out.append(line).append('\n');
        drawn = 0;
        stream.print(out);
        stream.flush();
    }

    /** Takes the block away. */
    public synchronized void clear() {
        if (drawn > 0) draw(new ArrayList<>());
    }

    private void up(StringBuilder out) {
        if (drawn > 0) out.append("\u001b[").append(drawn).append("A\r");
    }

    private synchronized void showCursor() {
        if (!hidden) return;
        hidden = false;
        stream.print(SHOW_CURSOR);
        stream.flush();
    }

    @Override
    public void close() {
        if (!inPlace) return;
        clear();
        showCursor();
        try {
            Runtime.getRuntime().removeShutdownHook(restore);
        } catch (IllegalStateException e) {
            // The program is ending; the hook finds the cursor shown already.
        }
    }
}
