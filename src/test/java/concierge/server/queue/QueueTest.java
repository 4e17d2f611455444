package concierge.server.queue;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.json.Json;
import concierge.state.Keys;
import concierge.store.Store;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The queue's contract, over its own port. */
class QueueTest {
    private final Store store = new MemoryStore(InstantSource.system());
    private final AtomicLong nanos = new AtomicLong(1);
    private final Queue queue = new Queue(store, Duration.ofSeconds(30), nanos::get);
    private final HttpClient client = HttpClient.newHttpClient();
    private QueueListener listener;
    private int commits;

    @BeforeEach
    void start() throws Exception {
        commit(to -> to.put(Keys.LEADER, "me").put(Keys.QUEUE_IDENTITIES + "one", "").put(Keys.QUEUE_IDENTITIES + "two", ""));
        queue.elected(store.find(Keys.LEADER).orElseThrow().created());
        listener = new QueueListener(new QueueCalls(queue, store, java.util.Optional.empty()), "127.0.0.1", 0);
        add("t1");
    }

    @AfterEach
    void stop() {
        listener.close();
        client.close();
        store.close();
    }

    private void commit(java.util.function.Consumer<Transaction.Builder> change) {
        Transaction.Builder to = Transaction.id("test-" + commits++);
        change.accept(to);
        store.commit(to.build());
    }

    private void add(String task) {
        commit(to -> to.put(Keys.QUEUE_TASKS + task, Json.write(new Queue.Task(task, "clock", Json.mapper().createObjectNode().put("every", 5)))));
    }

    private record Reply(int status, JsonNode body) {}

    private Reply call(String path) throws Exception {
        return call("POST", path);
    }

    private Reply call(String method, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + "/concierge/api/" + path))
                .method(method, HttpRequest.BodyPublishers.noBody()).build();
        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        return new Reply(answer.statusCode(), Json.mapper().readTree(answer.body()));
    }

    private void refused(Reply reply, int status, String error) {
        assertThat(reply.status()).as(reply.toString()).isEqualTo(status);
        assertThat(reply.body().path("error").asString("")).isEqualTo(error);
    }

    @Test
    void aTaskIsAvailableUntilSomebodyClaimsItAndThenHis() throws Exception {
        JsonNode before = call("one/heartbeat").body();
        assertThat(before.toString()).isEqualTo("{\"available\":[{\"type\":\"clock\",\"uuid\":\"t1\"}],\"claims\":[],\"success\":true}");
        Reply claim = call("one/claim/t1");
        assertThat(claim.status()).isEqualTo(200);
        assertThat(claim.body().at("/configuration/every").asInt(0)).isEqualTo(5);
        assertThat(claim.body().path("type").asString("")).isEqualTo("clock");
        assertThat(call("one/heartbeat").body().at("/claims/0/uuid").asString("")).isEqualTo("t1");
        assertThat(call("two/heartbeat").body().path("available").size()).isZero();
    }

    @Test
    void aTaskIsClaimedOnce() throws Exception {
        call("one/claim/t1");
        refused(call("two/claim/t1"), 423, "task already claimed");
        refused(call("one/claim/t1"), 423, "task already claimed");
        refused(call("one/claim/t9"), 404, "task unknown");
    }

    @Test
    void onlyItsOwnerReleasesATask() throws Exception {
        refused(call("one/release/t1"), 403, "task claimed by other identity");
        call("one/claim/t1");
        refused(call("two/release/t1"), 403, "task claimed by other identity");
        assertThat(call("one/release/t1").body().path("success").asBoolean(false)).isTrue();
        assertThat(call("two/claim/t1").status()).isEqualTo(200);
    }

    @Test
    void strangersAndOtherMethodsAreRefused() throws Exception {
        refused(call("three/heartbeat"), 403, "identity unknown");
        refused(call("three/claim/t1"), 403, "identity unknown");
        assertThat(call("GET", "one/heartbeat").status()).isEqualTo(405);
        assertThat(call("one/other").status()).isEqualTo(404);
        refused(call("a%2Fb/heartbeat"), 403, "identity unknown");
    }

    @Test
    void theTasksOfTheSilentGoToOthers() throws Exception {
        call("one/claim/t1");
        nanos.addAndGet(Duration.ofSeconds(29).toNanos());
        queue.expire();
        refused(call("two/claim/t1"), 423, "task already claimed");
        nanos.addAndGet(Duration.ofSeconds(2).toNanos());
        queue.expire();
        assertThat(call("two/claim/t1").status()).isEqualTo(200);
        assertThat(call("one/heartbeat").body().path("claims").size()).isZero();
    }

    @Test
    void heartbeatsKeepTasks() throws Exception {
        call("one/claim/t1");
        for (int i = 0; i < 5; i++) {
            nanos.addAndGet(Duration.ofSeconds(20).toNanos());
            call("one/heartbeat");
            queue.expire();
        }
        refused(call("two/claim/t1"), 423, "task already claimed");
    }

    @Test
    void aNewLeaderHearsEverybodyAnewBeforeItFreesAnything() throws Exception {
        call("one/claim/t1");
        nanos.addAndGet(Duration.ofSeconds(40).toNanos());
        queue.elected(store.find(Keys.LEADER).orElseThrow().created());
        queue.expire();
        refused(call("two/claim/t1"), 423, "task already claimed");
        queue.deposed("test");
        assertThat(call("one/heartbeat").status()).isEqualTo(503);
    }

    @Test
    void aStandstillOfTheQueueIsNobodysSilence() throws Exception {
        call("one/claim/t1");
        nanos.addAndGet(Duration.ofSeconds(40).toNanos());
        queue.forgive();
        queue.expire();
        refused(call("two/claim/t1"), 423, "task already claimed");
    }

    @Test
    void whoIsShutOutLosesHisTasks() throws Exception {
        call("one/claim/t1");
        commit(to -> to.delete(Keys.QUEUE_IDENTITIES + "one"));
        queue.expire();
        assertThat(call("two/claim/t1").status()).isEqualTo(200);
    }

    @Test
    void aRemovedTaskIsInNobodysList() throws Exception {
        call("one/claim/t1");
        commit(to -> to.delete(Keys.QUEUE_TASKS + "t1").delete(Keys.QUEUE_CLAIMS + "t1"));
        assertThat(call("one/heartbeat").body()).isEqualTo(Json.mapper().readTree(Json.write(Map.of("success", true, "claims", new Object[0], "available", new Object[0]))));
        refused(call("one/release/t1"), 404, "task unknown");
    }
}
