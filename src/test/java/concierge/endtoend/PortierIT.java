package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.json.Json;
import concierge.testing.DockerEngine;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A queue and those who claim its tasks, as the real program; tasks are local processes, and containers of one engine. */
class PortierIT {
    private static final long SEED = 20260401;

    /** Of fifty; each takes an engine a good part of a second. */
    private static final int CONTAINERS = 10;

    @TempDir
    Path folder;

    private final Installation queue = Installation.withoutEngine();
    private final List<Installation> concierges = new ArrayList<>();
    private final int port = Installation.freePort();
    private DockerEngine engine;

    @BeforeEach
    void open() {
        queue.with("CONCIERGE_QUEUE__ENABLED", "true").with("CONCIERGE_QUEUE__PORT", Integer.toString(port))
                .with("CONCIERGE_AGENT__ENABLED", "false").with("CONCIERGE_ROUTER__ENABLED", "false");
        queue.must("server", "start");
    }

    @AfterEach
    void close() throws IOException {
        for (Installation concierge : concierges) concierge.close();
        queue.close();
        // They clear it first.
        if (engine != null) engine.close();
    }

    /** Known to the queue, and not started. */
    private Installation concierge(String identity) {
        return concierge(identity, Installation.NO_ENGINE);
    }

    private Installation concierge(String identity, String engine) {
        assertThat(queue.send("POST", "/v1/queue/identities", Json.write(Map.of("identity", identity))).statusCode()).isEqualTo(200);
        Installation concierge = new Installation(engine)
                .with("CONCIERGE_PORTIER_ENDPOINT", "http://127.0.0.1:" + port)
                .with("CONCIERGE_IDENTITY", identity)
                .with("CONCIERGE_PORTIER__INTERVAL", "1s")
                .with("CONCIERGE_ROUTER__ENABLED", "false")
                .with("CONCIERGE_TYPES__sleeper", "{executor = 'process', run = ['sleep', '1000'], stop_grace = '2s'}")
                .with("CONCIERGE_TYPES__boxed", "{image = 'busybox:stable', run = ['sh', '-c', 'trap exit TERM; sleep 1000 & wait'], stop_grace = '2s'}");
        concierges.add(concierge);
        return concierge;
    }

    private String add() {
        return add("sleeper");
    }

    private String add(String type) {
        String uuid = UUID.randomUUID().toString();
        HttpResponse<String> answer = queue.send("POST", "/v1/queue/tasks", Json.write(Map.of("uuid", uuid, "type", type, "configuration", Map.of("task", uuid))));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return uuid;
    }

    private void remove(String task) {
        assertThat(queue.send("DELETE", "/v1/queue/tasks/" + task, "").statusCode()).isEqualTo(200);
    }

    private String owner(String task) {
        for (JsonNode found : Json.mapper().readTree(queue.send("GET", "/v1/queue/tasks", "").body())) {
            if (found.path("uuid").asString("").equals(task)) return found.path("identity").asString("");
        }
        return "gone";
    }

    /** What runs anywhere: the processes of each task, by what they were told to do. */
    private Map<String, List<Long>> running() {
        Map<String, List<Long>> all = new TreeMap<>();
        for (Installation concierge : concierges) {
            if (!Files.exists(concierge.home().resolve("processes/instances"))) continue;
            concierge.processes().values().forEach(pid -> {
                String task = task(pid);
                if (!task.isEmpty()) all.computeIfAbsent(task, _ -> new ArrayList<>()).add(pid);
            });
        }
        return all;
    }

    private static String task(long pid) {
        try {
            for (String variable : new String(Files.readAllBytes(Path.of("/proc/" + pid + "/environ")), StandardCharsets.UTF_8).split("\0")) {
                if (variable.startsWith("CONCIERGE_CONFIGURATION=")) return Json.mapper().readTree(variable.substring(variable.indexOf('=') + 1)).path("task").asString("");
            }
            return "";
        } catch (IOException e) {
            return ""; // it has ended meanwhile
        }
    }

    private void awaitRunning(String task) {
        Installation.await("the task runs", Duration.ofSeconds(20), () -> running().getOrDefault(task, List.of()).size() == 1);
    }

    @Test
    void aTaskRunsThroughAKillOfItsConciergeAndIsGivenBackAtTerm() throws Exception {
        Installation concierge = concierge("one");
        Path output = folder.resolve("portier.log");
        Process first = concierge.startInto(output, "portier");
        String kept = add();
        String removed = add();
        awaitRunning(kept);
        awaitRunning(removed);
        long pid = running().get(kept).getFirst();
        JsonNode tasks = concierge.must("portier", "tasks", "--json").json();
        assertThat(tasks.path("tasks").size()).isEqualTo(2);
        remove(removed);
        Installation.await("the removed one stops", Duration.ofSeconds(10), () -> !running().containsKey(removed));

        first.destroyForcibly().waitFor();
        assertThat(running().get(kept)).containsExactly(pid);
        Process second = concierge.startInto(output, "portier");
        String later = add();
        awaitRunning(later);
        assertThat(running().get(kept)).as("went on without interruption").containsExactly(pid);
        assertThat(owner(kept)).isEqualTo("one");

        second.destroy();
        assertThat(second.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(second.exitValue()).as("ended by TERM: " + Files.readString(output)).isEqualTo(128 + 15);
        assertThat(running()).isEmpty();
        assertThat(owner(kept)).as("given back").isEmpty();
        assertThat(owner(later)).isEmpty();
    }

    @Test
    void everyWantedTaskRunsExactlyOnceWhileConciergesEngineAndQueueAreKilled() {
        Random random = new Random(SEED);
        engine = DockerEngine.start();
        for (String identity : List.of("one", "two", "three")) concierge(identity, engine.address()).must("server", "start");
        List<String> wanted = new ArrayList<>();
        for (int i = 0; i < 50; i++) wanted.add(add(i < CONTAINERS ? "boxed" : "sleeper"));
        for (int round = 0; round < 5; round++) {
            Installation killed = round == 2 ? queue : concierges.get(random.nextInt(3));
            if (round == 3) engine.kill();
            Installation.kill9(killed.serverPid());
            for (int i = 0; i < 5 && killed != queue; i++) {
                remove(wanted.remove(random.nextInt(wanted.size())));
                wanted.add(add(i == 0 ? "boxed" : "sleeper"));
            }
            killed.must("server", "start");
            if (round == 3) engine.startAgain();
        }
        long quiet = System.nanoTime();
        Installation.await("every wanted task runs once, and nothing else", Duration.ofSeconds(10), () -> exactly(wanted));
        System.out.println("tasks settled after " + Duration.ofNanos(System.nanoTime() - quiet).toMillis() + " ms");
        Map<String, Integer> shares = new HashMap<>();
        for (String task : wanted) shares.merge(owner(task), 1, Integer::sum);
        assertThat(shares.keySet()).as("shared").containsExactlyInAnyOrder("one", "two", "three");
        for (Installation concierge : concierges) concierge.must("portier", "drain");
        Installation.await("nothing is left where all is given back", Duration.ofSeconds(20), () -> exactly(List.of()));
    }

    private boolean exactly(List<String> wanted) {
        Map<String, List<Long>> running = running();
        for (JsonNode container : engine.raw().get("/containers/json").ok().json()) {
            String instance = container.at("/Labels/concierge.instance").asString("");
            if (instance.startsWith("portier/boxed/")) running.computeIfAbsent(instance.split("/")[2], _ -> new ArrayList<>()).add(0L);
        }
        return running.keySet().equals(new TreeSet<>(wanted)) && running.values().stream().allMatch(all -> all.size() == 1);
    }

    @Test
    void tasksAreWorkedWithFromTheCommandLine() throws Exception {
        Installation concierge = concierge("one").with("CONCIERGE_PORTIER__INTERVAL", "10s").with("CONCIERGE_PORTIER__PAUSE", "1s");
        String task = queue.must("queue", "add", "sleeper", "{\"task\": \"t1\"}", "--uuid", "t1").out().strip();
        assertThat(task).isEqualTo("t1");
        assertThat(queue.concierge("queue", "add", "sleeper", "{\"task\"").err()).contains("{\"task\" (expected: a JSON object)");
        assertThat(queue.concierge("queue", "add", "sleeper", "{}", "--uuid", "t1").err()).contains("task t1 is there");
        concierge.must("server", "start");
        awaitRunning("t1");
        assertThat(queue.must("queue", "ls").out()).containsPattern("t1 +sleeper +one +\\{\"task\":\"t1\"}");
        assertThat(queue.must("queue", "identities").out()).containsPattern("one +1");
        assertThat(concierge.must("portier", "tasks").out()).containsPattern("t1 +sleeper +● (running|ready)");
        assertThat(concierge.must("portier", "types").out()).containsPattern("sleeper +executor +process +environment CONCIERGE_TYPES__sleeper").contains("restream");

        long asked = System.nanoTime();
        concierge.must("portier", "drain");
        Installation.await("it is given back", Duration.ofSeconds(10), () -> owner("t1").isEmpty());
        assertThat(Duration.ofNanos(System.nanoTime() - asked)).as("not only at the next heartbeat").isLessThan(Duration.ofSeconds(8));
        assertThat(running()).isEmpty();
        assertThat(concierge.must("portier", "tasks").err()).contains("drained: no task is claimed");
        concierge.must("portier", "resume");
        awaitRunning("t1");

        String other = queue.must("queue", "admit").out().strip();
        assertThat(post(other, "claim/t1").statusCode()).as("somebody was faster").isEqualTo(423);
        queue.must("queue", "rm", "t1");
        assertThat(post(other, "claim/t1").statusCode()).isEqualTo(404);
        assertThat(queue.concierge("queue", "rm", "t2").err()).contains("t2");
        queue.must("queue", "expel", other);
        assertThat(post(other, "heartbeat").body()).contains("identity unknown");
        Installation.await("what was removed stops", Duration.ofSeconds(15), () -> running().isEmpty());
    }

    private HttpResponse<String> post(String identity, String call) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/concierge/api/" + identity + "/" + call)).POST(HttpRequest.BodyPublishers.noBody()).build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        }
    }
}
