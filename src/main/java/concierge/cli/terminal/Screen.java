package concierge.cli.terminal;

import java.util.List;
import java.util.function.Function;

/**
 * The whole terminal, drawn anew at each change and each second, in the size that it has then; afterwards the
 * person finds the screen as it was, with the last picture below. Where output is no terminal the pictures
 * follow each other.
 */
public final class Screen implements AutoCloseable {
    private static final String ENTER = "\u001b[?1049h\u001b[?25l";
    private static final String LEAVE = "\u001b[?1049l\u001b[?25h";

    /** Ages are told in seconds, and a person who resizes a window does not notice one. */
    private static final int TICK_MILLIS = 1000;

    /** Terminals are at least so high; asked anew at each picture. */
    private static final int ROWS = 24;

    private final Terminal terminal;
    private final Thread leave = new Thread(this::leave, "leave-screen");
    private final Thread ticker = Thread.ofPlatform().daemon().name("redraw").unstarted(this::tick);
    private Function<Terminal, List<String>> picture = _ -> List.of();
    private List<String> last = List.of();
    private boolean entered;

    public Screen(Terminal terminal) {
        this.terminal = terminal;
    }

    /** @param picture the lines for a terminal of that width */
    public synchronized void show(Function<Terminal, List<String>> picture) {
        this.picture = picture;
        if (!terminal.abilities().output()) {
            for (String line : picture.apply(terminal)) terminal.line(line);
            terminal.line("");
            return;
        }
        if (!entered) {
            Runtime.getRuntime().addShutdownHook(leave);
            entered = true;
            terminal.out().print(ENTER);
            ticker.start();
        }
        draw();
    }

    private void draw() {
        int[] size = Terminal.size().orElse(new int[] {ROWS, terminal.width()});
        int rows = size[0];
        List<String> lines = picture.apply(terminal.resized(size[1]));
        last = List.copyOf(lines);
        StringBuilder out = new StringBuilder("\u001b[H");
        int shown = lines.size() < rows ? lines.size() : Math.max(0, rows - 2);
        for (String line : lines.subList(0, shown)) out.append(line).append("\u001b[K\r\n");
        if (shown < lines.size()) out.append("… ").append(lines.size() - shown).append(" more\u001b[K");
        out.append("\u001b[J");
        terminal.out().print(out);
        terminal.out().flush();
    }

    private void tick() {
        try {
            while (true) {
                Thread.sleep(TICK_MILLIS);
                synchronized (this) {
                    if (!entered) return;
                    draw();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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
        ticker.interrupt();
        if (!was) return;
        try {
            Runtime.getRuntime().removeShutdownHook(leave);
        } catch (IllegalStateException e) {
            // The program is ending; the hook finds the screen left already.
        }
    }
}
