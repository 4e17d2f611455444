package concierge.server;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.json.Json;
import concierge.source.portier.Claim;
import concierge.source.portier.Standing;
import concierge.state.Keys;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What the API tells of the tasks of a queue. */
class PortierHandlersTest extends ApiTest {
    private void standing(boolean drained) {
        Standing standing = new Standing("the queue does not answer", drained, List.of(new Standing.Unclaimed("x1", "probe", "no such type here", Optional.of(Instant.EPOCH))), 3);
        api.commit(to -> to.put(Keys.PORTIER_STANDING, Json.write(standing)));
    }

    @Test
    void whatTheLeaderHasHeardOfTheQueueIsToldByAnyServer() {
        api.settings.put("portier.endpoint", "http://q:8080");
        standing(false);
        JsonNode tasks = api.get("/v1/portier/tasks").body();
        assertThat(tasks.path("endpoint").asString()).isEqualTo("http://q:8080");
        assertThat(tasks.path("trouble").asString()).isEqualTo("the queue does not answer");
        assertThat(tasks.at("/unclaimed/0/reason").asString()).isEqualTo("no such type here");
        assertThat(tasks.at("/unclaimed/0/again").asString()).isEqualTo("1970-01-01T00:00:00Z");
        assertThat(tasks.path("more").asInt()).isEqualTo(3);
    }

    @Test
    void itIsIdleWhenTheLeaderSaysSoAndNothingIsOnRecord() {
        api.settings.put("portier.endpoint", "http://q:8080");
        standing(true);
        api.commit(to -> to.put(Keys.CLAIMS + "t1", Json.write(new Claim("t1", "clock", "one", "{}", "drained"))));
        assertThat(api.get("/v1/portier/tasks").body().path("idle").asBoolean()).isFalse();
        api.commit(to -> to.delete(Keys.CLAIMS + "t1"));
        assertThat(api.get("/v1/portier/tasks").body().path("idle").asBoolean()).isTrue();
    }

    @Test
    void aServerThatClaimsOfNoQueueRefusesToDrain() {
        Api.Answer answer = api.post("/v1/portier/drain", java.util.Map.of());
        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.body().toString()).contains("portier.endpoint is not set");
        assertThat(api.store.find(Keys.DRAINED)).isEmpty();
        api.settings.put("portier.endpoint", "http://q:8080");
        assertThat(api.post("/v1/portier/drain", java.util.Map.of()).status()).isEqualTo(200);
        assertThat(api.store.find(Keys.DRAINED)).isPresent();
    }
}
