package concierge.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class LiveTest {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private int columns = 40;

    private Live live() {
        PrintStream error = new PrintStream(written, true, StandardCharsets.UTF_8);
        return new Live(new Terminal(InputStream.nullInputStream(), error, error, new Terminal.Abilities(false, false, true, false, false, 40)), () -> columns);
    }

    private String take() {
        String text = written.toString(StandardCharsets.UTF_8).replace("\u001b", "␛");
        written.reset();
        return text;
    }

    @Test
    void aBlockIsDrawnOverTheOneBefore() {
        try (Live live = live()) {
            live.draw(List.of("one", "two"));
            take();
            live.draw(List.of("three"));
            assertThat(take()).startsWith("␛[2A\rthree␛[K\n");
        }
    }

    @Test
    void linesFollowTheTerminalsWidth() {
        try (Live live = live()) {
            String line = "x".repeat(60);
            live.draw(List.of(line));
            assertThat(take().replaceAll("[^x]", "")).hasSizeBetween(38, 39);
            columns = 60;
            live.draw(List.of(line));
            assertThat(take().replaceAll("[^x]", "")).hasSizeBetween(58, 59);
        }
    }

    @Test
    void whatANarrowedTerminalHasBrokenIsDrawnOverAsWell() {
        try (Live live = live()) {
            live.draw(List.of("x".repeat(38), "y", "z".repeat(25)));
            take();
            columns = 20;
            live.draw(List.of("new"));
            assertThat(take()).as("2 + 1 + 2 rows").startsWith("␛[5A\rnew␛[K\n");
            columns = 12;
            live.settle("a fact");
            assertThat(take()).startsWith("␛[1A\r");
        }
    }
}
