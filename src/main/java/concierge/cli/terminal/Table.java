package concierge.cli.terminal;

import java.util.ArrayList;
import java.util.List;

/**
 * Rows in aligned columns, under a head, cut to the terminal: the columns that may shrink give way, the
 * widest first. Text from outside is tamed before it is drawn.
 */
public final class Table {
    private static final String GAP = "  ";

    /** A shrinking column keeps so much, or the terminal is too narrow anyway. */
    private static final int LEAST = 8;

    private final List<Column> columns;
    private final List<List<Cell>> rows = new ArrayList<>();

    /** @param shrinks whether it may be cut to fit */
    public record Column(String head, boolean right, boolean shrinks) {
        public static Column left(String head) {
            return new Column(head, false, false);
        }

        public static Column right(String head) {
            return new Column(head, true, false);
        }

        public static Column shrinking(String head) {
            return new Column(head, false, true);
        }
    }

    public record Cell(String text, Ink ink) {
        public Cell {
            text = Cells.tame(text);
        }

        public static Cell of(String text) {
            return new Cell(text, Ink.plain);
        }
    }

    public Table(Column... columns) {
        this.columns = List.of(columns);
    }

    public Table row(Cell... cells) {
        if (cells.length != columns.size()) {
            throw new IllegalArgumentException("cells: " + cells.length + " (expected: " + columns.size() + ")");
        }
        rows.add(List.of(cells));
        return this;
    }

    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** Whether nothing need be cut off. */
    public boolean fits(Terminal terminal) {
        List<Integer> shown = shown();
        return java.util.Arrays.equals(widths(shown, Integer.MAX_VALUE), widths(shown, terminal.width()));
    }

    /** Columns in which no row has anything are left out. */
    private List<Integer> shown() {
        List<Integer> shown = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            int column = i;
            if (rows.stream().anyMatch(row -> !row.get(column).text().isEmpty())) shown.add(i);
        }
        return shown;
    }

    public List<String> lines(Terminal terminal) {
        List<Integer> shown = shown();
        int[] widths = widths(shown, terminal.width());
        List<String> lines = new ArrayList<>();
        List<Cell> head = columns.stream().map(column -> new Cell(column.head(), Ink.faint)).toList();
        lines.add(line(head, shown, widths, terminal));
        for (List<Cell> row : rows) lines.add(line(row, shown, widths, terminal));
        return lines;
    }

    public void print(Terminal terminal) {
        for (String line : lines(terminal)) terminal.out().println(line);
        terminal.out().flush();
    }

    private int[] widths(List<Integer> shown, int room) {
        int[] widths = new int[columns.size()];
        long total = (long) GAP.length() * Math.max(0, shown.size() - 1);
        for (int i : shown) {
            widths[i] = Cells.width(columns.get(i).head());
            for (List<Cell> row : rows) widths[i] = Math.max(widths[i], Cells.width(row.get(i).text()));
            total += widths[i];
        }
        while (total > room) {
            int widest = -1;
            for (int i : shown) {
                boolean gives = columns.get(i).shrinks() && widths[i] > LEAST;
                if (gives && (widest < 0 || widths[i] > widths[widest])) widest = i;
            }
            if (widest < 0) break;
            widths[widest]--;
            total--;
        }
        return widths;
    }

    private String line(List<Cell> cells, List<Integer> shown, int[] widths, Terminal terminal) {
        StringBuilder line = new StringBuilder();
        for (int position = 0; position < shown.size(); position++) {
            int i = shown.get(position);
            if (position > 0) line.append(GAP);
            Cell cell = cells.get(i);
            String text = Cells.fit(cell.text(), widths[i]);
            String painted = terminal.paint(cell.ink(), text);
            String blanks = " ".repeat(Math.max(0, widths[i] - Cells.width(text)));
            boolean last = position == shown.size() - 1;
            line.append(columns.get(i).right() ? blanks + painted : last ? painted : painted + blanks);
        }
        // A terminal too narrow for the columns that keep their width still gets no broken lines.
        return Cells.fit(line.toString(), terminal.width()).stripTrailing();
    }
}
