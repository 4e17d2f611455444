package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.json.Json;
import concierge.runtime.Processes;
import concierge.testing.DockerEngine;
import concierge.testing.Together;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A queue and those who claim its tasks, as the real program; tasks are local processes, and containers of two engines. A witness looks
 * all the time: nothing here may run twice. {@code -Dportier.seed=N}: another order of kills.
 */
class PortierIT {
    /** Of fifty; each takes an engine a good part of a second. */
    private static final int CONTAINERS = 10;

    private static final long SEED = 60893;

    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private final int port = Installation.freePort();
    private final Installation queue = Installation.withoutEngine().brief();
    private final List<Installation> concierges = new ArrayList<>();
    private final List<DockerEngine> engines = new ArrayList<>();
    private final TaskWitness witness = new TaskWitness();

    /** @param silence longer than whatever the test kills is away, or as short as it needs it */
    private void serve(String silence) {
        queue.with("CONCIERGE_QUEUE__ENABLED", "true").with("CONCIERGE_QUEUE__PORT", Integer.toString(port)).with("CONCIERGE_QUEUE__SILENCE", silence)
                .with("CONCIERGE_AGENT__ENABLED", "false").with("CONCIERGE_ROUTER__ENABLED", "false");
        queue.must("server", "start");
    }

    @AfterEach
    void close() throws IOException {
        witness.close();
        Together.run(concierges.stream().<Runnable>map(concierge -> () -> closed(concierge)).toList());
        queue.close();
        // They clear them first.
        for (DockerEngine engine : engines) engine.close();
        assertThat(witness.twice()).as("ran twice; " + witness.text()).isEmpty();
    }

    private static void closed(Installation concierge) {
        try {
            concierge.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Not started, and known to nobody. */
    private Installation concierge(String identity, String engine) {
        Installation concierge = new Installation(engine).brief()
                .with("CONCIERGE_PORTIER_ENDPOINT", "http://127.0.0.1:" + port)
                .with("CONCIERGE_IDENTITY", identity)
                .with("CONCIERGE_PORTIER__INTERVAL", "1s")
                .with("CONCIERGE_ROUTER__ENABLED", "false")
                .with("CONCIERGE_TYPES__sleeper", "{executor = 'process', run = ['sleep', '1000'], stop_grace = '2s'}")
                .with("CONCIERGE_TYPES__boxed", "{image = 'busybox:stable', run = ['sh', '-c', 'trap exit TERM; sleep 1000 & wait'], stop_grace = '2s'}");
        concierges.add(concierge);
        return concierge;
    }

    private Installation admitted(String identity) {
        admit(identity);
        return concierge(identity, Installation.NO_ENGINE);
    }

    private void admit(String identity) {
        assertThat(queue.send("POST", "/v1/queue/identities", Json.write(Map.of("identity", identity))).statusCode()).isEqualTo(200);
    }

    private String add() {
        return add("sleeper");
    }

    private String add(String type) {
        String uuid = UUID.randomUUID().toString();
        witness.know(uuid);
        HttpResponse<String> answer = queue.send("POST", "/v1/queue/tasks", Json.write(Map.of("uuid", uuid, "type", type, "configuration", Map.of("task", uuid))));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return uuid;
    }

    private void remove(String task) {
        assertThat(queue.send("DELETE", "/v1/queue/tasks/" + task, "").statusCode()).isEqualTo(200);
    }

    private Map<String, String> owners() {
        Map<String, String> owners = new HashMap<>();
        for (JsonNode task : Json.mapper().readTree(queue.send("GET", "/v1/queue/tasks", "").body())) owners.put(task.path("uuid").asString(""), task.path("identity").asString(""));
        return owners;
    }

    private String owner(String task) {
        return owners().getOrDefault(task, "gone");
    }

    private void awaitRunning(String... tasks) {
        Installation.await("these run", SOON, () -> witness.exactly(List.of(tasks)));
    }

    private long pid(String task) {
        return witness.running().get(task).iterator().next();
    }

    private static void term(Installation concierge) {
        long pid = concierge.serverPid();
        ProcessHandle.of(pid).orElseThrow().destroy();
        Installation.await("it ends", SOON, () -> !Processes.alive(pid));
    }

    @Test
    void aTaskRunsThroughAKillOfItsConciergeAndIsGivenBackAtTerm() throws Exception {
        serve("1m");
        Installation concierge = admitted("one");
        Path output = folder.resolve("portier.log");
        Process first = concierge.startInto(output, "portier");
        String kept = add();
        String removed = add();
        awaitRunning(kept, removed);
        long pid = pid(kept);
        JsonNode tasks = concierge.must("portier", "tasks", "--json").json();
        assertThat(tasks.path("tasks").size()).isEqualTo(2);
        remove(removed);
        Installation.await("the removed one stops", SOON, () -> witness.exactly(List.of(kept)));

        first.destroyForcibly().waitFor();
        assertThat(pid(kept)).isEqualTo(pid);
        Process second = concierge.startInto(output, "portier");
        String later = add();
        awaitRunning(kept, later);
        assertThat(pid(kept)).as("went on without interruption").isEqualTo(pid);
        assertThat(owner(kept)).isEqualTo("one");

        second.destroy();
        assertThat(second.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(second.exitValue()).as("ended by TERM: " + Files.readString(output)).isEqualTo(128 + 15);
        assertThat(witness.running()).isEmpty();
        assertThat(owner(kept)).as("given back").isEmpty();
        assertThat(owner(later)).isEmpty();
    }

    @Test
    void everyWantedTaskRunsExactlyOnceWhileConciergesEnginesAndQueueAreKilled() {
        long seed = Long.getLong("portier.seed", SEED);
        System.out.println("order of kills: -Dportier.seed=" + seed);
        Random random = new Random(seed);
        // Two daemons here would rewrite each other's packet filter.
        Together.run(() -> serve("1m"), () -> engines.add(DockerEngine.start()), () -> engines.add(DockerEngine.start("--iptables=false")));
        for (int i = 0; i < 3; i++) {
            String identity = List.of("one", "two", "three").get(i);
            admit(identity);
            // What was given back while an engine was away is tried again within the quiet that is asked for below.
            concierge(identity, engines.get(i % 2).address()).with("CONCIERGE_PORTIER__PATIENCE", "2s").with("CONCIERGE_PORTIER__PAUSE", "1s");
        }
        Together.run(concierges.stream().<Runnable>map(concierge -> () -> concierge.must("server", "start")).toList());
        List<String> wanted = new ArrayList<>();
        for (int i = 0; i < 50; i++) wanted.add(add(i < CONTAINERS ? "boxed" : "sleeper"));
        List<Runnable> faults = new ArrayList<>(List.of(
                () -> killed(concierges.get(random.nextInt(3)), wanted, random),
                () -> killed(concierges.get(random.nextInt(3)), wanted, random),
                () -> killed(queue, List.of(), random),
                () -> engineKilled(0, wanted, random),
                () -> engineKilled(1, wanted, random)));
        Collections.shuffle(faults, random);
        for (Runnable fault : faults) fault.run();
        long quiet = System.nanoTime();
        try {
            Installation.await("every wanted task runs once, and nothing else", Duration.ofSeconds(10), () -> witness.exactly(wanted));
        } catch (org.awaitility.core.ConditionTimeoutException e) {
            Map<String, String> owners = owners();
            List<String> idle = wanted.stream().filter(task -> !witness.running().containsKey(task)).map(task -> task + " of " + owners.get(task)).toList();
            throw new AssertionError("seed " + seed + ", not running: " + idle + ", running: " + witness.running().size() + " of " + wanted.size()
                    + concierges.stream().map(Installation::log).collect(java.util.stream.Collectors.joining("\n---\n")), e);
        }
        System.out.println("tasks settled after " + Duration.ofNanos(System.nanoTime() - quiet).toMillis() + " ms; " + witness.text());
        assertThat(owners().values()).as("shared").contains("one", "two", "three").doesNotContain("");
        Together.run(concierges.stream().<Runnable>map(concierge -> () -> concierge.must("portier", "drain")).toList());
        Installation.await("nothing is left where all is given back", SOON, () -> witness.exactly(List.of()));
    }

    private void killed(Installation one, List<String> wanted, Random random) {
        Installation.kill9(one.serverPid());
        churn(wanted, random);
        one.must("server", "start");
    }

    /** And one of those that use it, for the first of them. */
    private void engineKilled(int engine, List<String> wanted, Random random) {
        engines.get(engine).kill();
        if (engine == 0) Installation.kill9(concierges.getFirst().serverPid());
        churn(wanted, random);
        if (engine == 0) concierges.getFirst().must("server", "start");
        engines.get(engine).startAgain();
    }

    private void churn(List<String> wanted, Random random) {
        for (int i = 0; i < 5 && !wanted.isEmpty(); i++) {
            remove(wanted.remove(random.nextInt(wanted.size())));
            wanted.add(add(i == 0 ? "boxed" : "sleeper"));
        }
    }

    @Test
    void whoHearsNothingStopsBeforeOthersHaveItAndWhoIsLetInLaterGoesOnByItself() {
        serve("8s");
        try (Link way = new Link(port)) {
            Installation one = admitted("one").with("CONCIERGE_PORTIER_ENDPOINT", "http://127.0.0.1:" + way.port()).with("CONCIERGE_PORTIER__SILENCE", "3s");
            Installation two = concierge("two", Installation.NO_ENGINE);
            Together.run(() -> one.must("server", "start"), () -> two.must("server", "start"));
            String first = add();
            String second = add();
            awaitRunning(first, second);
            assertThat(two.log()).contains("identity");
            assertThat(owners().values()).containsOnly("one");

            way.cut();
            Installation.await("it stops what nobody asks for any more", SOON, () -> witness.exactly(List.of()));
            admit("two");
            awaitRunning(first, second);
            assertThat(owners().values()).as("by itself, once it is let in").containsOnly("two");
            way.mend();
            String third = add();
            awaitRunning(first, second, third);

            // As whoever takes a machine out of service.
            assertThat(queue.must("queue", "expel", "two").err()).contains("it is told to stop its tasks");
            Installation.await("others have them", SOON, () -> !owners().containsValue("two") && !owners().containsValue(""));
            awaitRunning(first, second, third);
            assertThat(owners().values()).containsOnly("one");
        }
    }

    @Test
    void tasksAreWorkedWithFromTheCommandLine() throws Exception {
        serve("1m");
        Installation concierge = admitted("one").with("CONCIERGE_PORTIER__INTERVAL", "10s").with("CONCIERGE_PORTIER__PAUSE", "1s");
        witness.know("t1");
        String task = queue.must("queue", "add", "sleeper", "{\"task\": \"t1\"}", "--uuid", "t1").out().strip();
        assertThat(task).isEqualTo("t1");
        assertThat(queue.concierge("queue", "add", "sleeper", "{}", "--uuid", "t1").err()).contains("task t1 is there");
        concierge.must("server", "start");
        awaitRunning("t1");
        assertThat(queue.must("queue", "ls").out()).containsPattern("t1 +sleeper +one +13");
        assertThat(queue.must("queue", "show", "t1").out()).contains("\"task\" : \"t1\"");
        assertThat(queue.must("queue", "identities").out()).containsPattern("one +1 +\\d+s ago");
        assertThat(concierge.must("portier", "tasks").out()).containsPattern("t1 +sleeper +● (running|ready)");
        assertThat(concierge.must("portier", "types").out()).containsPattern("sleeper +executor +process +environment CONCIERGE_TYPES__sleeper").contains("restream");

        long pid = pid("t1");
        term(concierge);
        assertThat(pid("t1")).as("a server leaves tasks running").isEqualTo(pid);
        assertThat(owner("t1")).isEqualTo("one");
        concierge.must("server", "start");
        Installation.await("taken over", SOON, () -> concierge.must("portier", "tasks").out().contains("t1"));

        long asked = System.nanoTime();
        concierge.must("portier", "drain");
        Installation.await("it is given back", Duration.ofSeconds(10), () -> owner("t1").isEmpty());
        assertThat(Duration.ofNanos(System.nanoTime() - asked)).as("not only at the next heartbeat").isLessThan(Duration.ofSeconds(8));
        assertThat(witness.running()).isEmpty();
        assertThat(concierge.must("portier", "tasks").err()).contains("drained: no task is claimed");
        concierge.must("portier", "resume");
        awaitRunning("t1");

        String other = queue.must("queue", "admit").out().strip();
        assertThat(post(other, "claim/t1").statusCode()).as("somebody was faster").isEqualTo(423);
        assertThat(queue.concierge("queue", "rm", "t1", "t2").err()).contains("t2");
        assertThat(owner("t1")).as("nothing was removed").isEqualTo("one");
        queue.must("queue", "rm", "t1");
        assertThat(post(other, "claim/t1").statusCode()).isEqualTo(404);
        queue.must("queue", "expel", other);
        assertThat(post(other, "heartbeat").body()).contains("identity unknown");
        Installation.await("what was removed stops", SOON, () -> witness.exactly(List.of()));
    }

    private HttpResponse<String> post(String identity, String call) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/concierge/api/" + identity + "/" + call)).POST(HttpRequest.BodyPublishers.noBody()).build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        }
    }
}
