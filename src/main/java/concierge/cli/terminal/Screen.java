package concierge.cli.terminal;

import java.util.List;

/**
 * The whole terminal, drawn anew at each change; afterwards the person finds the screen as it was, with
 * the last picture below. Where output is no terminal the pictures follow each other.
 */
public final class Screen implements AutoCloseable {
    private static final String ENTER = "\u001b[?1049h\u001b[?25l";
    private static final String LEAVE = "\u001b[?1049l\u001b[?25h";

    /** Terminals are at least so high; asked anew at each picture. */
    private static final int ROWS = 24;

    private final Terminal terminal;
    private final Thread leave = new Thread(this::leave, "leave-screen");
    private List<String> last = List.of();
    private boolean entered;

    public Screen(Terminal terminal) {
        this.terminal = terminal;
    }

    public synchronized void show(List<String> lines) {
        last = List.copyOf(lines);
        if (!terminal.abilities().output()) {
            for (String line : lines) terminal.line(line);
            terminal.line("");
            return;
        }
        StringBuilder out = new StringBuilder();
        if (!entered) {
            Runtime.getRuntime().addShutdownHook(leave);
            entered = true;
            out.append(ENTER);
        }
        out.append("\u001b[H");
        int rows = Terminal.size().map(size -> size[0]).orElse(ROWS);
        int shown = lines.size() < rows ? lines.size() : rows - 2;
        for (String line : lines.subList(0, shown)) out.append(line).append("\u001b[K\r\n");
        if (shown < lines.size()) out.append("… ").append(lines.size() - shown).append(" more\u001b[K");
        out.append("\u001b[J");
        terminal.out().print(out);
        terminal.out().flush();
    }

    private synchronized void leave() {
        if (!entered) return;
        entered = false;
        terminal.out().print(LEAVE);
        for (String line : last) terminal.out().println(line);
        terminal.out().flush();
    }

    @Override
    public void close() {
        boolean was = entered;
        leave();
        if (!was) return;
        try {
            Runtime.getRuntime().removeShutdownHook(leave);
        } catch (IllegalStateException e) {
            // The program is ending; the hook finds the screen left already.
        }
    }
}
