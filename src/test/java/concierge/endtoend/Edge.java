package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server that streams a test picture with a tone, live, at {@code /live/one}; ffmpeg, which serves one client and ends with it. */
final class Edge implements AutoCloseable {
    static final String TEST_PICTURE = "testsrc=size=320x240:rate=25";

    private final int port = Installation.freePort();
    private Process ffmpeg;

    Edge() {
        start();
    }

    /** As it stands among a worker's {@code EDGES}. */
    String url(String address) {
        return "http://" + address + ":" + port + "/";
    }

    void start() {
        try {
            // With both, a reader knows within a second or two what comes; of a picture alone it first waits for more.
            ffmpeg = new ProcessBuilder(
                    "ffmpeg", "-v", "quiet", "-nostdin", "-re", "-f", "lavfi", "-i", TEST_PICTURE, "-re", "-f", "lavfi", "-i", "sine",
                    "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "25", "-c:a", "aac",
                    "-f", "flv", "-listen", "1", "http://0.0.0.0:" + port + "/live/one").start();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Serves the next client, where it has ended with the last one. */
    void revive() {
        if (!ffmpeg.isAlive()) start();
    }

    void kill() {
        try {
            ffmpeg.destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    /** Its connections stay, and nothing comes any more. */
    void freeze() {
        try {
            assertThat(new ProcessBuilder("kill", "-STOP", Long.toString(ffmpeg.pid())).start().waitFor()).isZero();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    @Override
    public void close() {
        kill();
    }

    /** What ffprobe finds in a file: {@code stream,h264,320}. */
    static String probed(Path file) {
        String said = probe(file);
        assertThat(said).contains("stream,");
        return said;
    }

    /** The same, or why it finds nothing. */
    static String probe(Path file) {
        try {
            Process probe = new ProcessBuilder("ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "stream=codec_name,width", "-of", "csv", file.toString())
                    .redirectErrorStream(true).start();
            String said = new String(probe.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(probe.waitFor(30, TimeUnit.SECONDS)).as("ffprobe ends").isTrue();
            return said;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    /** The command lines of the ffmpegs that copy. */
    static List<String> copying() {
        return ProcessHandle.allProcesses().flatMap(process -> process.info().commandLine().stream())
                .filter(line -> line.contains("ffmpeg") && line.contains(" -c copy "))
                .map(line -> line.replaceFirst("^\\S*ffmpeg ", ""))
                .toList();
    }
}
