package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.json.Json;
import concierge.testing.DebianImage;
import concierge.testing.DockerEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A live picture, from a real ffmpeg through the queue to a file: as a process, and all of it in containers. */
class RestreamIT {
    private static final Duration SOON = Duration.ofSeconds(40);

    @TempDir
    Path folder;

    private final int port = Installation.freePort();
    private final Installation queue = Installation.withoutEngine();
    private final Edge edge = new Edge();

    @BeforeEach
    void open() {
        queue.with("CONCIERGE_QUEUE__ENABLED", "true").with("CONCIERGE_QUEUE__PORT", Integer.toString(port)).with("CONCIERGE_QUEUE__HOST", "0.0.0.0")
                // However long a busy machine needs to start the next one: its tasks must not be freed meanwhile.
                .with("CONCIERGE_QUEUE__SILENCE", "5m")
                .with("CONCIERGE_AGENT__ENABLED", "false").with("CONCIERGE_ROUTER__ENABLED", "false");
        queue.must("server", "start");
        assertThat(queue.must("queue", "admit", "12345").out().strip()).isEqualTo("12345");
    }

    @AfterEach
    void close() throws IOException {
        edge.close();
        queue.close();
    }

    private String add(Path target) {
        String configuration = Json.write(Map.of("name", "cam", "app", "live", "stream", "one", "target", target.toString(), "format", "mpegts"));
        return queue.must("queue", "add", "restream", configuration).out().strip();
    }

    private void remove(String task) {
        queue.must("queue", "rm", task);
    }

    private String owner() {
        return Json.mapper().readTree(queue.send("GET", "/v1/queue/tasks", "").body()).at("/0/identity").asString("");
    }

    private static int frames(JsonNode tasks) {
        return tasks.at("/tasks/0/progress/values/frames").asInt(0);
    }

    /** Until frames come that were told after that moment. */
    private void awaitFrames(Instant after, Supplier<JsonNode> tasks) {
        Installation.await("frames come", SOON, () -> {
            edge.revive();
            JsonNode told = tasks.get();
            return frames(told) > 0 && Instant.parse(told.at("/tasks/0/progress/at").asString()).isAfter(after);
        });
    }

    @Test
    void aStreamThatFreezesIsBackWithinSecondsOfItsEdgeAndEndsWithItsTask() throws Exception {
        Path script = Path.of("target/dist", Files.readString(Path.of("target/dist/current")).strip(), "workerimages/restream/restream.sh").toAbsolutePath();
        Path target = folder.resolve("copy.ts");
        try (Installation concierge = Installation.withoutEngine()) {
            concierge.with("CONCIERGE_PORTIER_ENDPOINT", "http://127.0.0.1:" + port).with("CONCIERGE_IDENTITY", "12345").with("CONCIERGE_ROUTER__ENABLED", "false")
                    .with("CONCIERGE_TYPES__restream__executor", "process")
                    .with("CONCIERGE_TYPES__restream__run", "['sh', '" + script + "']")
                    .with("CONCIERGE_TYPES__restream__environment__EDGES", edge.url("127.0.0.1") + " " + edge.url("localhost"))
                    // Longer than a busy machine needs to begin.
                    .with("CONCIERGE_TYPES__restream__environment__STALL", "5")
                    .with("CONCIERGE_TYPES__restream__environment__PROGRESS_EVERY", "1");
            Process portier = concierge.startInto(folder.resolve("portier.log"), "portier");
            String task = add(target);
            Installation.await("it serves", SOON, () -> Files.exists(concierge.home().resolve("server.json")));
            Supplier<JsonNode> tasks = () -> Json.mapper().readTree(concierge.send("GET", "/v1/portier/tasks", "").body());
            awaitFrames(Instant.MIN, tasks);
            String copying = Edge.copying().getFirst();
            assertThat(copying).containsPattern("^-y -nostats -progress \\S+ -loglevel repeat\\+level\\+info -i http://(127.0.0.1|localhost):\\d+/live/one -c copy -f mpegts " + target + "$");
            assertThat(concierge.must("portier", "tasks").out()).containsPattern(task + " +restream +● ready .*bitrate \\S+, frames \\d+, speed \\S+, \\d+s ago");

            edge.freeze();
            Installation.await("the copy is given up, and tried again", SOON, () -> tasks.get().at("/tasks/0/restarts").asInt(0) > 0);
            edge.kill();
            edge.start();
            Instant back = Instant.now();
            awaitFrames(back, tasks);
            System.out.println("stream back " + Duration.between(back, Instant.now()).toMillis() + " ms after its edge");
            assertThat(Edge.copying()).singleElement().asString().contains(copying.replaceFirst(".* -i (\\S+) .*", "$1"));

            // Written out in blocks: what is read may begin with half a picture, or be nothing yet.
            Installation.await("what was copied can be read", SOON, () -> Edge.probe(target).contains("h264,320"));
            remove(task);
            Installation.await("nothing of it is left", SOON, () -> concierge.processes().isEmpty() && Edge.copying().isEmpty());
            assertThat(Edge.probed(target)).as("what was held back is written out at the end").contains("h264,320");
            portier.destroy();
            assertThat(portier.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void theProgramInAContainerHasAStreamCopiedInAnother() throws Exception {
        Path target = Files.createDirectories(folder.resolve("out")).resolve("copy.ts");
        try (DockerEngine engine = DockerEngine.start()) {
            DebianImage.bring(engine);
            bundle();
            DebianImage.build(engine, Path.of(""), "concierge:test");
            DebianImage.build(engine, Path.of("workerimages/restream"), "concierge-restream:latest");
            DebianImage.docker(engine, "network", "create", "beside");
            String gateway = DebianImage.docker(engine, "network", "inspect", "-f", "{{(index .IPAM.Config 0).Gateway}}", "beside").strip();
            List<String> run = List.of("run", "-d", "--restart", "unless-stopped", "--name", "concierge", "--network", "beside",
                    "-e", "PORTIER_HOST=" + gateway + ":" + port, "-e", "PORTIER_SCHEME=http", "-e", "CONCIERGE_IDENTITY=12345",
                    "-e", "CONCIERGE_TYPES__restream__environment__EDGES=" + edge.url(gateway), "-e", "CONCIERGE_TYPES__restream__environment__PROGRESS_EVERY=1",
                    "-e", "CONCIERGE_TYPES__restream__mounts=['" + target.getParent() + ":/out']",
                    "-v", "state:/var/lib/concierge", "-v", engine.socket() + ":/var/run/docker.sock", "concierge:test");
            DebianImage.docker(engine, run.toArray(String[]::new));
            String task = add(Path.of("/out/copy.ts"));
            Supplier<JsonNode> tasks = () -> Json.mapper().readTree(DebianImage.docker(engine, "exec", "concierge", "concierge", "portier", "tasks", "--json"));
            awaitServing(engine);
            Installation.await("the worker's container", SOON, () -> !worker(engine).isEmpty());
            String worker = worker(engine);
            awaitFrames(Instant.MIN, tasks);

            DebianImage.docker(engine, "rm", "-f", "concierge");
            Instant gone = Instant.now();
            DebianImage.docker(engine, run.toArray(String[]::new));
            awaitServing(engine);
            awaitFrames(gone, tasks);
            assertThat(worker(engine)).as("went on without interruption; " + DebianImage.logs(engine, "concierge")).isEqualTo(worker);
            assertThat(owner()).isEqualTo("12345");

            DebianImage.docker(engine, "stop", "concierge");
            assertThat(worker(engine)).isEmpty();
            assertThat(owner()).as("given back").isEmpty();
            assertThat(Edge.probed(target)).contains("h264,320");
            remove(task);
        }
    }

    private static void awaitServing(DockerEngine engine) {
        Installation.await("it serves", SOON, () -> DebianImage.logs(engine, "concierge").contains("ServerRole serving"));
    }

    /** The id of the one container that runs a task. */
    private static String worker(DockerEngine engine) {
        return DebianImage.docker(engine, "ps", "-q", "--no-trunc", "--filter", "label=concierge.instance").strip();
    }

    private static void bundle() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("./concierge", "--bundle").redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("CONCIERGE_NO_BUILD", "1");
        assertThat(builder.start().waitFor()).isZero();
    }
}
