package concierge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.cli.client.GoldenServer;
import concierge.cli.terminal.OutputGone;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputTest {
    @TempDir
    Path home;

    /** As a pipe whose reader has gone, or a file on a full disk. */
    private static OutputStream failing(String reason) {
        return new OutputStream() {
            @Override
            public void write(int value) {
                throw new OutputGone(new IOException(reason));
            }
        };
    }

    @Test
    void aReaderThatHasEnoughEndsTheCommandWithoutAWord() {
        CliRun run = CliRun.into(failing("Broken pipe"), home, "--help");
        assertThat(run.exit()).isEqualTo(141);
        assertThat(run.err()).isEmpty();
    }

    @Test
    void outputThatCannotBeWrittenIsAFailure() {
        CliRun run = CliRun.into(failing("No space left on device"), home, "--help");
        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.err()).isEqualTo("error: cannot write the output: No space left on device\n");
    }

    @Test
    void whatAFailedStepSaidStandsLineByLine() throws IOException {
        try (GoldenServer server = new GoldenServer(home)) {
            server.problem("GET /v1/ps", 422, """
                    {"title": "build.app: RUN make: exited with 2", "code": "build-failed", "detail": "cc main.c\\nmain.c:1: no such header",
                     "hint": "correct that step"}""");
            assertThat(CliRun.of(home, "ps").err()).isEqualTo("""
                    error: build.app: RUN make: exited with 2
                      │ cc main.c
                      │ main.c:1: no such header
                      hint: correct that step
                    """);
        }
    }
}
