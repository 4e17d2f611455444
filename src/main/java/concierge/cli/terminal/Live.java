package concierge.cli.terminal;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;

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
    private final IntSupplier columns;
    private final Thread restore = new Thread(this::showCursor, "restore-cursor");
    /** Widths of the lines that stand there: where the terminal became narrower, it has broken them. */
    private List<Integer> drawn = List.of();
    private boolean hidden;

    public Live(Terminal terminal) {
        this(terminal, new Width(terminal.abilities().columns() == 0 ? 80 : terminal.abilities().columns()));
    }

    /** @param columns how wide the terminal is now */
    Live(Terminal terminal, IntSupplier columns) {
        this.columns = columns;
        this.stream = terminal.error();
        this.inPlace = terminal.abilities().error();
        // A ctrl-C must not leave the person without a cursor.
        if (inPlace) Runtime.getRuntime().addShutdownHook(restore);
    }

    /** The terminal's width, looked at now and then; at first as the launcher found it. */
    private static final class Width implements IntSupplier {
        /**
         * Asking costs a process of a few milliseconds; seldomer than a frame is drawn would leave pieces of the frames
         * that were drawn in the old width on a narrower terminal.
         */
        private static final long LOOK_NANOS = Duration.ofMillis(100).toNanos();

        private int last;
        private long looked = System.nanoTime();

        Width(int first) {
            last = first;
        }

        @Override
        public int getAsInt() {
            if (System.nanoTime() - looked < LOOK_NANOS) return last;
            last = Terminal.size().map(size -> size[1]).orElse(last);
            looked = System.nanoTime();
            return last;
        }
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
        int width = Math.max(2, columns.getAsInt());
        up(out, width);
        List<Integer> widths = new ArrayList<>();
        for (String line : lines) {
            String fitted = Cells.fit(line, width - 1);
            widths.add(Cells.width(fitted));
            out.append(fitted).append("\u001b[K\n");
        }
        out.append(CLEAR_BELOW);
        drawn = widths;
        stream.print(out);
        stream.flush();
    }

    /** Puts a line above the block, for good. */
    public synchronized void settle(String line) {
        StringBuilder out = new StringBuilder();
        if (inPlace) up(out, Math.max(2, columns.getAsInt()));
        if (inPlace) out.append(CLEAR_BELOW);
        out.append(line).append('\n');
        drawn = List.of();
        stream.print(out);
        stream.flush();
    }

    /** Takes the block away. */
    public synchronized void clear() {
        if (!drawn.isEmpty()) draw(List.of());
    }

    private void up(StringBuilder out, int width) {
        int rows = 0;
        for (int line : drawn) rows += Math.max(1, Math.ceilDiv(line, width));
        if (rows > 0) out.append("\u001b[").append(rows).append("A\r");
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
