package concierge.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import concierge.model.InstanceId;
import concierge.model.InstanceState;
import concierge.model.InstanceView;
import concierge.model.ServiceSpec;
import concierge.state.Keys;
import concierge.state.Writes;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class HostHandlersTest extends ApiTest {
    private static final String WEB = "shop/default/web/1";
    private static final String HOST = "/v1/hosts/" + Api.HOST;

    @BeforeEach
    void join() {
        api.host();
    }

    private String shown(String field) {
        return api.get("/v1/hosts").body().path(0).path(field).toString();
    }

    @Test
    void aCordonIsShownOutlivesTheHostsRecordAndIsTakenBack() {
        assertThat(api.post(HOST + "/cordon", Map.of("drain", false)).status()).isEqualTo(200);
        await().until(() -> shown("cordoned").equals("true") && shown("draining").equals("false"));
        api.settle(to -> to.delete(Keys.host(Api.HOST)));
        api.host();
        assertThat(shown("cordoned")).isEqualTo("true");
        api.post(HOST + "/cordon", Map.of("drain", true));
        await().until(() -> shown("draining").equals("true"));
        assertThat(api.delete(HOST + "/cordon").status()).isEqualTo(200);
        await().until(() -> shown("cordoned").equals("false") && shown("draining").equals("false"));
    }

    @Test
    void whatADrainWouldDoIsToldAndWhatWouldStay() {
        ServiceSpec spec = ServiceSpec.of("nginx");
        api.want("shop/default/web", spec, 1);
        api.run(WEB, spec, InstanceState.ready, "");
        JsonNode alone = api.get(HOST + "/drain").body();
        assertThat(alone.path("leaving").asInt()).isZero();
        assertThat(alone.path("stays").path(0).path("because").asString()).contains("host " + Api.HOST + " is drained, but: 1 host: 1 cordoned");
        api.host("other");
        JsonNode drained = api.get(HOST + "/drain").body();
        assertThat(drained.path("leaving").asInt()).isEqualTo(1);
        assertThat(drained.path("stays")).isEmpty();
        assertThat(drained.path("steps").path(0).path("text").asString()).contains("run on other");
        assertThat(drained.path("steps").path(0).path("reason").asString()).contains("takes over from " + WEB);
        assertThat(drained.path("steps").path(1).path("kind").asString()).isEqualTo("stop");
        assertThat(shown("draining")).as("looking changes nothing").isEqualTo("false");
        assertThat(api.get("/v1/hosts/none/drain").code()).isEqualTo("not-found");
    }

    @Test
    void aHostThatIsThereOrUnknownIsNotForgotten() {
        assertThat(api.delete(HOST).code()).isEqualTo("conflict");
        assertThat(api.delete(HOST).body().path("hint").asString()).contains("drain");
        assertThat(api.delete("/v1/hosts/none").code()).isEqualTo("not-found");
        assertThat(api.post("/v1/hosts/none/cordon", Map.of("drain", true)).code()).isEqualTo("not-found");
    }

    @Test
    void forgettingAHostReleasesItsInstancesAndPins() {
        ServiceSpec spec = ServiceSpec.of("nginx").with().pinned(true).build();
        api.want("shop/default/web", spec, 1);
        api.run(WEB, spec, InstanceState.ready, "");
        InstanceId instance = InstanceId.parse(WEB);
        api.settle(to -> to.put(Keys.fixed(instance), Api.HOST).put("/fixed/shop/db/1", "other").delete(Keys.host(Api.HOST)));
        Api.Answer answer = api.delete(HOST);
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
        assertThat(answer.body().path("instances").path(0).asString()).isEqualTo(WEB);
        for (String key : new String[] {Keys.fixed(instance), Keys.run(instance), Keys.assign(Api.HOST, instance), Keys.status(Api.HOST, instance)}) {
            assertThat(api.store.find(key)).as(key).isEmpty();
        }
        assertThat(api.store.find("/fixed/shop/db/1")).as("another host's").isPresent();
        assertThat(api.store.find(Keys.proc(instance.service()))).as("the wish stays").isPresent();
    }

    @Test
    void forgettingWaitsForWhatMustNotRunTwiceAsTheLeaderDoes() throws Exception {
        ServiceSpec spec = ServiceSpec.of("nginx").with().stopsWhenLost(true).build();
        api.want("shop/default/web", spec, 1);
        api.run(WEB, spec, InstanceState.ready, "");
        InstanceId instance = InstanceId.parse(WEB);
        api.settle(to -> to.delete(Keys.host(Api.HOST)));
        CompletableFuture<Api.Answer> answer = CompletableFuture.supplyAsync(() -> api.delete(HOST));
        await().during(Duration.ofMillis(500)).until(() -> !answer.isDone() && api.store.find(Keys.assign(Api.HOST, instance)).isPresent());
        // The leader knows for certain that it has stopped.
        InstanceView placed = api.live.view().instance(instance).orElseThrow();
        api.settle(to -> Writes.release(to, instance, Api.HOST, placed.generation(), placed.endpoints()));
        assertThat(answer.get(5, TimeUnit.SECONDS).body().path("instances").isEmpty()).isTrue();
    }

    @Test
    void aHostThatComesBackMeanwhileIsNotForgotten() throws Exception {
        ServiceSpec spec = ServiceSpec.of("nginx").with().stopsWhenLost(true).build();
        api.want("shop/default/web", spec, 1);
        api.run(WEB, spec, InstanceState.ready, "");
        api.settle(to -> to.delete(Keys.host(Api.HOST)));
        CompletableFuture<Api.Answer> answer = CompletableFuture.supplyAsync(() -> api.delete(HOST));
        api.host();
        assertThat(answer.get(5, TimeUnit.SECONDS).code()).isEqualTo("conflict");
        assertThat(api.store.find(Keys.assign(Api.HOST, InstanceId.parse(WEB)))).isPresent();
    }
}
