package concierge.server;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.state.Keys;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Filling a queue. */
class QueueHandlersTest extends ApiTest {
    private static Map<String, Object> task(String uuid, Object configuration) {
        return Map.of("uuid", uuid, "type", "clock", "configuration", configuration);
    }

    private Api.Answer remove(String... tasks) {
        return api.post("/v1/queue/removal", Map.of("tasks", tasks));
    }

    @Test
    void aTaskIsThereOnceAndForGood() {
        assertThat(api.post("/v1/queue/tasks", task("t1", Map.of("every", 5))).status()).isEqualTo(200);
        assertThat(api.post("/v1/queue/tasks", task("t1", Map.of("every", 6))).status()).isEqualTo(409);
        assertThat(api.get("/v1/queue/tasks/t1").body().at("/configuration/every").asInt(0)).isEqualTo(5);
        assertThat(api.get("/v1/queue/tasks/t2").status()).isEqualTo(404);
    }

    @Test
    void aListCarriesNoConfigurations() {
        for (int i = 0; i < 3; i++) api.post("/v1/queue/tasks", task("t" + i, Map.of("n", "s".repeat(100_000))));
        JsonNode all = api.get("/v1/queue/tasks").body();
        assertThat(all.toString().length()).isLessThan(500);
        assertThat(all.at("/0/bytes").asInt(0)).isEqualTo(100_008);
    }

    @Test
    void aConfigurationThatNoWorkerCouldBeGivenIsRefusedByItsBytes() {
        assertThat(api.post("/v1/queue/tasks", task("t1", Map.of("n", "ß".repeat(60_000)))).body().toString()).contains("120008 bytes (expected: at most 120000)");
        assertThat(api.post("/v1/queue/tasks", task("t1", Map.of("n", "s".repeat(110_000)))).status()).isEqualTo(200);
        assertThat(api.post("/v1/queue/tasks", task("t2", "text")).body().toString()).contains("(expected: a JSON object)");
    }

    @Test
    void aRemovedTaskTakesItsClaimAlong() {
        api.post("/v1/queue/tasks", task("t1", Map.of()));
        api.commit(to -> to.put(Keys.QUEUE_CLAIMS + "t1", "one"));
        assertThat(api.get("/v1/queue/tasks").body().at("/0/identity").asString()).isEqualTo("one");
        assertThat(api.delete("/v1/queue/tasks/t1").status()).isEqualTo(200);
        for (String prefix : List.of(Keys.QUEUE_CLAIMS, Keys.QUEUE_TASKS, Keys.QUEUE_CONFIGURATIONS)) assertThat(api.store.find(prefix + "t1")).isEmpty();
        assertThat(api.delete("/v1/queue/tasks/t1").status()).isEqualTo(404);
    }

    @Test
    void severalTasksAreRemovedAllOrNone() {
        for (String task : List.of("a", "b", "c")) api.post("/v1/queue/tasks", task(task, Map.of()));
        assertThat(remove("a", "nope", "c").body().toString()).contains("no task nope");
        assertThat(api.get("/v1/queue/tasks").body().size()).isEqualTo(3);
        assertThat(api.post("/v1/queue/removal", Map.of("tasks", java.util.Arrays.asList("a", null))).body().toString()).contains("no task null");
        assertThat(remove("a", "c", "a").status()).isEqualTo(200);
        assertThat(api.get("/v1/queue/tasks").body().size()).isEqualTo(1);
        assertThat(remove().body().toString()).contains("tasks: 0 (expected: 1 to 40");
        String[] many = IntStream.range(0, 40).mapToObj(i -> "m" + i).toArray(String[]::new);
        for (String task : many) api.post("/v1/queue/tasks", task(task, Map.of()));
        assertThat(remove(many).status()).as("as many as one commit takes").isEqualTo(200);
    }

    @Test
    void anExpelledIdentityIsShownUntilNothingIsHisAnyMore() {
        api.post("/v1/queue/identities", Map.of("identity", "one"));
        api.post("/v1/queue/identities", Map.of("identity", "idle"));
        api.post("/v1/queue/tasks", task("t1", Map.of()));
        api.commit(to -> to.put(Keys.QUEUE_CLAIMS + "t1", "one"));
        assertThat(api.delete("/v1/queue/identities/idle").body().at("/claims").asInt(9)).isZero();
        assertThat(api.get("/v1/queue/identities").body().size()).isEqualTo(1);
        assertThat(api.delete("/v1/queue/identities/one").body().at("/claims").asInt(0)).isEqualTo(1);
        assertThat(api.get("/v1/queue/identities").body().at("/0/expelled").asBoolean(false)).isTrue();
        assertThat(api.get("/v1/queue/tasks").body().at("/0/expelled").asBoolean(false)).isTrue();
        assertThat(api.store.find(Keys.QUEUE_CLAIMS + "t1")).as("others wait for it").isPresent();
        assertThat(api.delete("/v1/queue/identities/one?now=true").body().at("/freed").asInt(0)).isEqualTo(1);
        assertThat(api.store.find(Keys.QUEUE_CLAIMS + "t1")).isEmpty();
        assertThat(api.get("/v1/queue/tasks").body().at("/0/expelled").asBoolean(true)).isFalse();
    }
}
