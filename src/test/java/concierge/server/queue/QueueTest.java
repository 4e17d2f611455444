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
import java.util.ArrayList;
import java.util.List;
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
        Transaction.Builder to = Transaction.id("test-" + commits++).put(Keys.QUEUE_TURN, "");
        change.accept(to);
        store.commit(to.build());
    }

    private void add(String task) {
        commit(to -> QueueRecords.add(to, task, "clock", Json.mapper().createObjectNode().put("every", 5), 11));
    }

    private record Reply(int status, JsonNode body) {}

    private Reply call(String path) throws Exception {
        return call("POST", path);
    }

    private static final String FIRST = "11111111-7d6e-4a55-8f7e-b6a2a3a1b111";
    private static final String SECOND = "22222222-7d6e-4a55-8f7e-b6a2a3a1b111";

    /** As a concierge of that installation. */
    private Reply as(String installation, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + "/concierge/api/" + path))
                .header("User-Agent", "concierge/0.1.0 (" + installation + ")").POST(HttpRequest.BodyPublishers.noBody()).build();
        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        return new Reply(answer.statusCode(), Json.mapper().readTree(answer.body()));
    }

    private void pass(int seconds) {
        nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
    }

    private static List<String> claims(Reply heartbeat) {
        List<String> all = new ArrayList<>();
        for (JsonNode claim : heartbeat.body().path("claims")) all.add(claim.path("uuid").asString(""));
        return all;
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
    void whoIsShutOutIsToldThatNothingIsHisBeforeOthersGetIt() throws Exception {
        call("one/claim/t1");
        assertThat(QueueRecords.expel(store, "one")).isEqualTo(1);
        queue.expire();
        pass(29);
        Reply told = call("one/heartbeat");
        assertThat(told.status()).as("what he does not run any more he stops; to be unknown would be no reason to").isEqualTo(200);
        assertThat(told.body().path("claims").size() + told.body().path("available").size()).isZero();
        refused(call("one/claim/t1"), 403, "identity unknown");
        queue.expire();
        refused(call("two/claim/t1"), 423, "task already claimed");
        assertThat(queue.standing().get("one").freeInSeconds()).contains(1L);
        pass(2);
        queue.expire();
        assertThat(call("two/claim/t1").status()).isEqualTo(200);
        refused(call("one/heartbeat"), 403, "identity unknown");
    }

    @Test
    void whatAnExpelledOneGivesBackOthersNeedNotWaitFor() throws Exception {
        call("one/claim/t1");
        QueueRecords.expel(store, "one");
        assertThat(call("one/release/t1").status()).isEqualTo(200);
        assertThat(call("two/claim/t1").status()).isEqualTo(200);
    }

    @Test
    void theTasksOfOneWhoIsShutOutAreFreedAtOnceWhereThatIsWanted() throws Exception {
        call("one/claim/t1");
        QueueRecords.expel(store, "one");
        assertThat(QueueRecords.free(store, "one")).isEqualTo(1);
        assertThat(call("two/claim/t1").status()).isEqualTo(200);
        assertThat(claims(call("one/heartbeat"))).as("he is told nevertheless").isEmpty();
        queue.expire();
        pass(31);
        queue.expire();
        refused(call("one/heartbeat"), 403, "identity unknown");
    }

    @Test
    void whoIsLetInAgainInTimeKeepsHisTasks() throws Exception {
        call("one/claim/t1");
        QueueRecords.expel(store, "one");
        queue.expire();
        pass(20);
        call("one/heartbeat");
        pass(9);
        queue.expire();
        commit(to -> QueueRecords.admit(to, "one"));
        pass(9);
        queue.expire();
        assertThat(claims(call("one/heartbeat"))).containsExactly("t1");
        pass(20);
        queue.expire();
        assertThat(claims(call("one/heartbeat"))).containsExactly("t1");
    }

    @Test
    void theTimeOfOneWhoIsShutOutBeginsAnewWithTheNextLeader() throws Exception {
        call("one/claim/t1");
        QueueRecords.expel(store, "one");
        queue.expire();
        pass(29);
        queue.elected(store.find(Keys.LEADER).orElseThrow().created());
        queue.expire();
        pass(29);
        queue.expire();
        refused(call("two/claim/t1"), 423, "task already claimed");
    }

    @Test
    void twoInstallationsOfOneIdentityHaveEachTheirOwnTasks() throws Exception {
        add("t2");
        as(FIRST, "one/claim/t1");
        assertThat(claims(as(SECOND, "one/heartbeat"))).as("what it would give back, and claim afresh").isEmpty();
        refused(as(SECOND, "one/claim/t1"), 423, "task already claimed");
        refused(as(SECOND, "one/release/t1"), 403, "task claimed by other identity");
        as(SECOND, "one/claim/t2");
        assertThat(claims(as(FIRST, "one/heartbeat"))).containsExactly("t1");
        assertThat(claims(as(SECOND, "one/heartbeat"))).containsExactly("t2");
        assertThat(queue.standing().get("one").installations()).containsExactly(FIRST, SECOND);
        assertThat(claims(call("one/heartbeat"))).as("who does not say which he is has all").containsExactly("t1", "t2");
        assertThat(queue.standing().get("two").installations()).isEmpty();
    }

    @Test
    void theTasksOfASilentInstallationGoToOthersThoughItsIdentityIsHeard() throws Exception {
        as(FIRST, "one/claim/t1");
        pass(20);
        as(SECOND, "one/heartbeat");
        assertThat(queue.standing().get("one").installations()).as("one that takes another's place is no second").isEmpty();
        queue.expire();
        refused(as(SECOND, "one/claim/t1"), 423, "task already claimed");
        pass(11);
        queue.expire();
        assertThat(as(SECOND, "one/claim/t1").status()).isEqualTo(200);
        as(SECOND, "one/heartbeat");
        pass(20);
        as(SECOND, "one/heartbeat");
        pass(20);
        queue.expire();
        assertThat(claims(as(SECOND, "one/heartbeat"))).containsExactly("t1");
        assertThat(queue.standing().get("one").installations()).isEmpty();
    }

    @Test
    void whoeverSharesAnIdentityIsToldNoLongerOnceOnlyOneIsHeard() throws Exception {
        for (String caller : List.of(FIRST, SECOND, FIRST)) as(caller, "one/heartbeat");
        assertThat(queue.standing().get("one").installations()).hasSize(2);
        for (int i = 0; i < 2; i++) {
            pass(20);
            as(FIRST, "one/heartbeat");
        }
        assertThat(queue.standing().get("one").installations()).isEmpty();
    }

    @Test
    void aFloodOfInstallationsIsRefused() throws Exception {
        for (int i = 0; i < Presence.INSTALLATIONS; i++) assertThat(as(String.format("%08d", i) + FIRST.substring(8), "one/heartbeat").status()).isEqualTo(200);
        assertThat(as(SECOND, "one/heartbeat").status()).isEqualTo(503);
        assertThat(as("00000000" + FIRST.substring(8), "one/heartbeat").status()).isEqualTo(200);
    }

    @Test
    void aClaimOfOneThatNoLongerLeadsIsNone() throws Exception {
        long before = store.find(Keys.LEADER).orElseThrow().created();
        commit(to -> to.delete(Keys.LEADER));
        commit(to -> to.put(Keys.LEADER, "other"));
        assertThat(call("one/claim/t1").status()).isEqualTo(503);
        queue.elected(before);
        assertThat(call("one/claim/t1").status()).isEqualTo(503);
        assertThat(store.find(Keys.QUEUE_CLAIMS + "t1")).isEmpty();
    }

    @Test
    void whatIsToBeDoneIsInNoListAndNotReadForOne() throws Exception {
        commit(to -> QueueRecords.add(to, "t2", "clock", Json.mapper().createObjectNode().put("large", "x".repeat(50_000)), 50_012));
        assertThat(call("one/heartbeat").body().toString().length()).isLessThan(200);
        for (String key : List.of(Keys.QUEUE_TASKS + "t2", Keys.QUEUE_CLAIMS + "t2")) assertThat(store.find(key).map(entry -> entry.value().length()).orElse(0)).isLessThan(100);
        assertThat(call("one/claim/t2").body().at("/configuration/large").asString("")).hasSize(50_000);
    }

    @Test
    void aTaskOfAnEarlierVersionIsClaimedAsEver() throws Exception {
        commit(to -> to.put(Keys.QUEUE_TASKS + "old", "{\"configuration\":{\"every\":7},\"type\":\"clock\",\"uuid\":\"old\"}").put(Keys.QUEUE_TASKS + "his", "{\"configuration\":{},\"type\":\"clock\",\"uuid\":\"his\"}")
                .put(Keys.QUEUE_CLAIMS + "his", "one"));
        assertThat(call("one/claim/old").body().at("/configuration/every").asInt(0)).isEqualTo(7);
        assertThat(claims(as(FIRST, "one/heartbeat"))).containsExactly("his", "old");
    }

    @Test
    void manyTasksOfASilentOneAreFreedAtOnce() throws Exception {
        for (int from = 0; from < 1000; from += 40) {
            int begin = from;
            commit(to -> {
                for (int i = begin; i < begin + 40; i++) to.put(Keys.QUEUE_CLAIMS + "c" + i, "one");
            });
        }
        long before = store.revision();
        pass(31);
        queue.expire();
        assertThat(queue.owners()).isEmpty();
        assertThat(store.revision() - before).as("commits").isLessThan(30);
    }

    @Test
    void aRemovedTaskIsInNobodysList() throws Exception {
        call("one/claim/t1");
        commit(to -> QueueRecords.remove(to, "t1"));
        assertThat(call("one/heartbeat").body()).isEqualTo(Json.mapper().readTree(Json.write(Map.of("success", true, "claims", new Object[0], "available", new Object[0]))));
        refused(call("one/release/t1"), 404, "task unknown");
    }
}
