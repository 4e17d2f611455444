package concierge.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.cli.terminal.Table.Cell;
import concierge.cli.terminal.Table.Column;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TableTest {
    @Test
    void columnsAlignWhateverTheLetters() {
        Table table = new Table(Column.left("NAME"), Column.right("N"), Column.left("X"));
        table.row(Cell.of("東京"), Cell.of("1"), Cell.of("a")).row(Cell.of("Loðbrók"), Cell.of("20"), Cell.of("b")).row(Cell.of("e\u0301"), Cell.of("3"), Cell.of("c"));
        assertThat(table.lines(plain(0))).containsExactly("NAME      N  X", "東京      1  a", "Loðbrók  20  b", "e\u0301         3  c");
    }

    @Test
    void columnsThatMayShrinkGiveWay() {
        Table table = new Table(Column.left("NAME"), Column.shrinking("REASON"));
        table.row(Cell.of("shop/web/1"), Cell.of("a reason that is far too long for so narrow a terminal"));
        assertThat(table.lines(plain(30))).allSatisfy(line -> assertThat(Cells.width(line)).isLessThanOrEqualTo(30))
                .last().asString().isEqualTo("shop/web/1  a reason that is …");
        assertThat(table.lines(plain(0)).getLast()).endsWith("narrow a terminal");
    }

    @Test
    void emptyColumnsAreLeftOut() {
        Table table = new Table(Column.left("A"), Column.left("B"), Column.left("C"));
        table.row(Cell.of("1"), Cell.of(""), Cell.of("3"));
        assertThat(table.lines(plain(0))).containsExactly("A  C", "1  3");
    }

    @Test
    void textFromOutsideCannotMoveTheCursor() {
        Table table = new Table(Column.left("A"));
        table.row(Cell.of("x\u001b[2J\u001b]0;title\u0007y\r\nz\tq"));
        assertThat(table.lines(plain(0)).getLast()).isEqualTo("xyz q");
    }

    @Test
    void coloursNeedATerminalOrInsistence() {
        assertThat(colours("12", Map.of("TERM", "xterm"))).isTrue();
        assertThat(colours("2", Map.of("TERM", "xterm"))).isFalse();
        assertThat(colours("12", Map.of("TERM", "dumb"))).isFalse();
        assertThat(colours("12", Map.of())).isFalse();
        assertThat(colours("12", Map.of("TERM", "xterm", "NO_COLOR", "1"))).isFalse();
        assertThat(colours("12", Map.of("TERM", "xterm", "NO_COLOR", ""))).isTrue();
        assertThat(colours("", Map.of("CLICOLOR_FORCE", "1"))).isTrue();
        assertThat(colours("", Map.of("CLICOLOR_FORCE", "0"))).isFalse();
        assertThat(colours("", Map.of("CLICOLOR_FORCE", "1", "NO_COLOR", "1"))).isFalse();
    }

    @Test
    void aPipeHasNoWidthAndATerminalWithoutOneHas80() {
        Map<String, String> xterm = Map.of("TERM", "xterm");
        assertThat(Terminal.Abilities.of("", "120", xterm).columns()).isZero();
        Terminal piped = new Terminal(System.in, System.out, System.err, Terminal.Abilities.of("2", "120", xterm));
        assertThat(piped.width()).as("results go to a pipe").isEqualTo(Integer.MAX_VALUE);
        assertThat(piped.errorWidth()).as("messages to the terminal").isEqualTo(120);
        assertThat(Terminal.Abilities.of("1", "120", xterm).columns()).isEqualTo(120);
        assertThat(Terminal.Abilities.of("1", "", xterm).columns()).isEqualTo(80);
        assertThat(Terminal.Abilities.of("1", "3", xterm).columns()).isEqualTo(20);
    }

    @Test
    void cuttingKeepsColoursWholeAndCountsCells() {
        assertThat(Cells.fit("\u001b[31mhello\u001b[0m", 3)).isEqualTo("\u001b[31mhe…\u001b[0m");
        assertThat(Cells.fit("東京都", 5)).isEqualTo("東京…");
        assertThat(Cells.fit("東京都", 4)).isEqualTo("東…");
        assertThat(Cells.fit("abc", 3)).isEqualTo("abc");
        assertThat(Cells.width("👍é\u200b")).isEqualTo(3);
    }

    private static boolean colours(String terminals, Map<String, String> environment) {
        return Terminal.Abilities.of(terminals, "", environment).colours();
    }

    private static Terminal plain(int columns) {
        return new Terminal(InputStream.nullInputStream(), new PrintStream(OutputStream.nullOutputStream()), new PrintStream(OutputStream.nullOutputStream()),
                new Terminal.Abilities(false, columns > 0, false, false, false, columns));
    }
}
