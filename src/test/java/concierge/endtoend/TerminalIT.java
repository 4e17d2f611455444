package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line on a real terminal, with somebody who types, resizes the window and leaves. */
class TerminalIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    @AutoClose
    private final Installation installation = Installation.withoutEngine();

    /** A command on a terminal of 31 rows and 101 columns. */
    private final class Seat implements AutoCloseable {
        private final Path screen = folder.resolve("screen");
        private final Path name = folder.resolve("terminal");
        private final Process process;

        Seat(String line) throws IOException {
            String command = Path.of("concierge").toAbsolutePath() + " " + line;
            process = installation.shell(folder, "script", "-qefc", "stty rows 31 cols 101; tty > " + name + "; " + command, "/dev/null")
                    .redirectErrorStream(true)
                    .redirectOutput(screen.toFile())
                    .start();
        }

        void type(String text) throws IOException {
            process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        }

        void resize(int rows, int columns) throws Exception {
            String terminal = Files.readString(name).strip();
            assertThat(new ProcessBuilder("stty", "-F", terminal, "rows", "" + rows, "cols", "" + columns).start().waitFor()).isZero();
        }

        String shown() {
            try {
                return Files.readString(screen, StandardCharsets.ISO_8859_1);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        void awaitShown(String text) {
            Installation.await(text, PATIENCE, () -> shown().contains(text));
        }

        int exit() throws InterruptedException {
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as("has ended; shown: %s", shown()).isTrue();
            return process.exitValue();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    private void up() {
        installation.must("up", Stacks.folder(folder, "stack", Stacks.sleepers("zoo", 1)).toString());
    }

    @Test
    void aShellInAnInstanceHasTheTerminalsSizeKeysAndExitCode() throws Exception {
        up();
        try (Seat seat = new Seat("exec -it zoo/sleeper sh")) {
            seat.awaitShown("# ");
            seat.type("stty size\n");
            seat.awaitShown("31 101");
            seat.resize(20, 90);
            seat.type("until [ \"$(stty size)\" = '20 90' ]; do sleep 0.1; done; echo now $(stty size)\n");
            seat.awaitShown("now 20 90");
            // Echoed with the quotes, said without them.
            seat.type("echo sle''eps; sleep 1000\n");
            seat.awaitShown("sleeps");
            seat.type("\u0003");
            seat.type("echo after $?\n");
            seat.awaitShown("after 130");
            seat.type("exit 42\n");
            assertThat(seat.exit()).isEqualTo(42);
        }
    }

    @Test
    void psKeepsShowingAgesAndFollowsTheWindow() throws Exception {
        up();
        try (Seat seat = new Seat("ps -w zoo")) {
            seat.awaitShown("concierge ps zoo  (ctrl-c ends)");
            String age = seat.shown().replaceAll("(?s).*process +([0-9]+)s.*", "$1");
            seat.awaitShown(Integer.parseInt(age) + 2 + "s");
            seat.resize(31, 22);
            seat.awaitShown("concierge ps zoo  (ct");
            seat.type("\u0003");
            assertThat(seat.exit()).isEqualTo(130);
            assertThat(seat.shown()).as("the screen is left").contains("\u001b[?1049l");
        }
    }

    @Test
    void aReaderThatHasEnoughEndsAFollowingCommand() throws Exception {
        String file = Stacks.sleepers("zoo", 1).replace("while :; do sleep 1", "while :; do echo tick; sleep 0.2");
        installation.must("up", Stacks.folder(folder, "stack", file).toString());
        Process process = installation.shell(folder, "bash", "-c",
                Path.of("concierge").toAbsolutePath() + " logs -f zoo | head -1; echo ${PIPESTATUS[0]}").redirectErrorStream(true).start();
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).contains("tick").endsWith("141\n").hasLineCount(2);
    }
}
