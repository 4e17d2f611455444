package concierge.server;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.state.Keys;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Filling a queue. */
class QueueHandlersTest extends ApiTest {
    private static Map<String, Object> task(String uuid, Object configuration) {
        return Map.of("uuid", uuid, "type", "clock", "configuration", configuration);
    }

    @Test
    void aTaskIsThereOnceAndForGood() {
        assertThat(api.post("/v1/queue/tasks", task("t1", Map.of("every", 5))).status()).isEqualTo(200);
        assertThat(api.post("/v1/queue/tasks", task("t1", Map.of("every", 6))).status()).isEqualTo(409);
        assertThat(api.get("/v1/queue/tasks").body().at("/0/configuration/every").asInt(0)).isEqualTo(5);
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
        assertThat(api.store.find(Keys.QUEUE_CLAIMS + "t1")).isEmpty();
        assertThat(api.delete("/v1/queue/tasks/t1").status()).isEqualTo(404);
    }
}
