package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the built-in task types' images run, with a real ffmpeg. */
class WorkerImagesIT {
    @TempDir
    Path folder;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void stop() {
        started.forEach(Process::destroyForcibly);
    }

    private Process start(Map<String, String> environment, String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(folder.resolve("out").toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private String output() {
        try {
            return Files.readString(folder.resolve("out"));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static int exit(Process process) throws InterruptedException {
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("ends").isTrue();
        return process.exitValue();
    }

    private static ProcessBuilder ffmpeg(String... arguments) {
        List<String> command = new ArrayList<>(List.of("ffmpeg", "-v", "error", "-nostdin", "-y"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).inheritIO();
    }

    private Map<String, String> task(String edges, Path target) {
        return Map.of("EDGES", edges, "PROGRESS_EVERY", "1",
                "CONCIERGE_CONFIGURATION", "{\"name\":\"cam\",\"app\":\"live\",\"stream\":\"one\",\"target\":\"" + target + "\",\"format\":\"mpegts\"}");
    }

    private Process restream(Map<String, String> task) throws IOException {
        return start(task, "sh", "workerimages/restream/restream.sh");
    }

    private Process again(Map<String, String> task) {
        try {
            return restream(task);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void aStreamIsCopiedAsItIsAndItsProgressShown() throws Exception {
        Path edge = Files.createDirectories(folder.resolve("edge/live")).getParent();
        assertThat(exit(ffmpeg("-f", "lavfi", "-i", Edge.TEST_PICTURE, "-t", "2", "-c:v", "mpeg2video", "-f", "mpegts", edge.resolve("live/one").toString()).start())).isZero();
        Path target = folder.resolve("copy.ts");
        assertThat(exit(restream(task(edge + "/", target)))).as(output()).isZero();
        assertThat(Edge.probed(target)).contains("mpeg2video,320");
        assertThat(output()).containsPattern("progress frames=50 bitrate=[0-9.]+kbits/s speed=");
    }

    @Test
    void termEndsALiveStreamWithAFileThatCanBeRead() throws Exception {
        Path target = folder.resolve("copy.ts");
        Process copying;
        try (Edge edge = new Edge()) {
            Map<String, String> task = task(edge.url("127.0.0.1"), target);
            AtomicReference<Process> running = new AtomicReference<>(restream(task));
            Installation.await("frames come", Duration.ofSeconds(20), () -> {
                // Started again while nobody sends yet, as a concierge does.
                if (!running.get().isAlive()) running.set(again(task));
                return output().matches("(?s).*progress frames=[1-9][0-9]+ .*");
            });
            copying = running.get();
            copying.destroy();
            exit(copying);
        }
        assertThat(Edge.probed(target)).contains("h264,320");
        assertThat(copying.descendants()).isEmpty();
    }

    @Test
    void aTaskThatIsNoneIsRefusedWithWhatIsMissing() throws Exception {
        assertThat(exit(restream(Map.of("EDGES", "rtmp://localhost/", "CONCIERGE_CONFIGURATION", "{\"name\":\"cam\"}")))).isEqualTo(64);
        assertThat(output()).contains("app: not in the configuration");
        assertThat(exit(start(Map.of("CONCIERGE_CONFIGURATION", "{}"), "sh", "workerimages/clock/clock.sh"))).isEqualTo(64);
        assertThat(output()).contains("every: no whole number");
    }

    @Test
    void whatIsMissingHereAndWhatIsMistypedIsNamed() throws Exception {
        Map<String, String> task = task("rtmp://localhost", folder.resolve("copy.ts"));
        assertThat(exit(restream(task))).isEqualTo(64);
        assertThat(output()).contains("EDGES: rtmp://localhost (expected: a slash at its end");
        Map<String, String> bare = new HashMap<>(task);
        bare.put("PATH", Files.createDirectories(folder.resolve("bin")).toString());
        assertThat(exit(start(bare, "/bin/sh", "workerimages/restream/restream.sh"))).isEqualTo(69);
        assertThat(output()).contains("ffmpeg: not found in ");
    }

    @Test
    void aReportIsToldWhenItIsMade() throws Exception {
        Process worker = restream(withFfmpeg("""
                #!/bin/sh
                trap 'exit 0' TERM
                exec 3> "$4"
                printf 'frame=7\\nbitrate= 1.5kbits/s\\nspeed=1x\\nprogress=continue\\n' >&3
                sleep 60 3>&- & wait
                """));
        Installation.await("its one report", Duration.ofSeconds(10), () -> output().contains("progress frames=7 bitrate=1.5kbits/s speed=1x"));
        assertThat(worker.isAlive()).isTrue();
        worker.destroy();
        exit(worker);
    }

    private Map<String, String> withFfmpeg(String script) throws IOException {
        Path bin = Files.createDirectories(folder.resolve("bin"));
        assertThat(Files.writeString(bin.resolve("ffmpeg"), script).toFile().setExecutable(true)).isTrue();
        Map<String, String> task = new HashMap<>(task("http://127.0.0.1:1/", folder.resolve("copy.ts")));
        task.put("PATH", bin + ":" + System.getenv("PATH"));
        return task;
    }

    @Test
    void anFfmpegThatCannotBeginEndsItsWorker() throws Exception {
        assertThat(exit(restream(withFfmpeg("#!/bin/sh\nexit 127\n")))).isEqualTo(127);
    }

    @Test
    void reportsOfNothingNewAreAStandstill() throws Exception {
        Map<String, String> task = withFfmpeg("""
                #!/bin/sh
                trap 'exit 3' TERM
                exec 3> "$4"
                while :; do printf 'frame=7\\nout_time_us=70\\nprogress=continue\\n' >&3; sleep 0.2; done
                """);
        task.put("STALL", "1");
        assertThat(exit(restream(task))).isEqualTo(3);
        assertThat(output()).contains("nothing came or went for 1 s");
    }

    @Test
    void anEdgeThatStandsStillIsGivenUp() throws Exception {
        try (ServerSocket mute = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
            Map<String, String> task = new HashMap<>(task("http://127.0.0.1:" + mute.getLocalPort() + "/", folder.resolve("copy.ts")));
            task.put("STALL", "1");
            assertThat(exit(restream(task))).isNotZero();
            assertThat(output()).contains("nothing came or went for 1 s");
        }
    }

    @Test
    void aTaskKeepsOneOfItsEdges() throws Exception {
        Set<String> chosen = new HashSet<>();
        for (int i = 0; i < 2; i++) {
            // Nobody listens there, so it ends at once.
            exit(restream(task("http://127.0.0.1:1/a/ http://127.0.0.1:1/b/ http://127.0.0.1:1/c/", folder.resolve("copy.ts"))));
            assertThat(output()).containsPattern("cam: http://127.0.0.1:1/[abc]/live/one to .* as mpegts");
            chosen.add(output().lines().findFirst().orElseThrow());
        }
        assertThat(chosen).hasSize(1);
    }

    @Test
    void theClockSaysTheTimeAndStopsAtOnce() throws Exception {
        Process clock = start(Map.of("CONCIERGE_CONFIGURATION", "{\"every\": 1}"), "sh", "workerimages/clock/clock.sh");
        Installation.await("two times", Duration.ofSeconds(10), () -> output().lines().count() >= 2);
        clock.destroy();
        assertThat(clock.waitFor(1, TimeUnit.SECONDS)).isTrue();
        assertThat(output().lines()).allMatch(line -> line.matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ"));
    }
}
