package concierge.server;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.InstanceState;
import concierge.model.Port;
import concierge.model.ServiceSpec;
import concierge.state.Keys;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class StateHandlersTest extends ApiTest {
    private static final ServiceSpec WEB = ServiceSpec.of("nginx").with().ports(List.of(Port.tcp(80))).domains(List.of("Shop.localhost", "*.shop.localhost")).build();

    private void shop() {
        api.host();
        api.want("shop/default/web", WEB, 3);
        api.run("shop/default/web/1", WEB, InstanceState.ready, "");
        api.run("shop/default/web/2", WEB, InstanceState.starting, "exit code 1, again in 2 s");
        api.settle(to -> to.put(Keys.pending(concierge.model.InstanceId.parse("shop/default/web/3")), "1 host: 1 short of memory"));
    }

    @Test
    void pingIsTrue() {
        assertThat(api.get("/v1/ping").body().asBoolean()).isTrue();
    }

    @Test
    void anEmptyInstallationHasEmptyAnswers() {
        for (String path : List.of("/v1/stacks", "/v1/network", "/v1/hosts")) {
            assertThat(api.get(path).body().isArray()).as(path).isTrue();
            assertThat(api.get(path).body()).as(path).isEmpty();
        }
        assertThat(api.get("/v1/ps").body().path("instances")).isEmpty();
        assertThat(api.get("/v1/info").body().path("leader").asString("?")).isEmpty();
    }

    @Test
    void psShowsRunningStartingAndWaitingInstances() {
        shop();
        JsonNode instances = api.get("/v1/ps?stack=shop").body().path("instances");
        assertThat(instances).hasSize(3);
        JsonNode ready = instances.path(0);
        assertThat(ready.path("instance").asString()).isEqualTo("shop/default/web/1");
        assertThat(ready.path("state").asString()).isEqualTo("ready");
        assertThat(ready.path("executor").asString()).isEqualTo("docker");
        assertThat(ready.path("since").asString()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(ready.path("container").asString()).isEqualTo("shop-default-web-1");
        assertThat(ready.path("urls").path(0).asString()).isEqualTo("http://shop.localhost:8080/");
        assertThat(ready.path("urls")).hasSize(1);
        assertThat(instances.path(1).path("reason").asString()).isEqualTo("exit code 1, again in 2 s");
        assertThat(instances.path(1).path("urls")).isEmpty();
        assertThat(instances.path(2).path("state").asString()).isEqualTo("pending");
        assertThat(instances.path(2).path("reason").asString()).isEqualTo("1 host: 1 short of memory");
        assertThat(api.get("/v1/ps?stack=other").body().path("instances")).isEmpty();
        assertThat(api.get("/v1/ps?tag=other").body().path("instances")).isEmpty();
    }

    @Test
    void aStoreThatTakesNoChangesIsToldWhereverPeopleLook() {
        shop();
        assertThat(api.get("/v1/ps").body().path("remarks")).isEmpty();
        api.condition.set(new concierge.store.Condition.Closed("store /home/state.db: the disk is full"));
        for (String path : List.of("/v1/ps", "/v1/version", "/v1/hosts")) {
            JsonNode body = api.get(path).body();
            JsonNode remarks = (body.isArray() ? body.path(0) : body).path("remarks");
            assertThat(remarks.path(0).asString("")).as(path).startsWith("the state takes no changes: store /home/state.db: the disk is full");
        }
    }

    @Test
    void whatIsWantedAndNotPlannedYetIsShownToo() {
        api.want("shop/default/web", WEB, 2);
        JsonNode instances = api.get("/v1/ps").body().path("instances");
        assertThat(instances).hasSize(2);
        assertThat(instances.path(1).path("reason").asString()).isEqualTo("not planned yet");
    }

    @Test
    void servicesWithoutInstancesAreShownAsIdle() {
        api.want("shop/default/web", WEB, 0);
        JsonNode ps = api.get("/v1/ps").body();
        assertThat(ps.path("instances")).isEmpty();
        assertThat(ps.path("idle")).hasSize(1);
        assertThat(ps.path("idle").path(0).path("service").asString()).isEqualTo("web");
        assertThat(ps.path("idle").path(0).path("stopped").asBoolean(true)).isFalse();
    }

    @Test
    void stacksSumUpTheirServices() {
        shop();
        JsonNode stack = api.get("/v1/stacks").body().path(0);
        assertThat(stack.path("name").asString()).isEqualTo("shop");
        assertThat(stack.path("wanted").asInt()).isEqualTo(3);
        assertThat(stack.path("ready").asInt()).isEqualTo(1);
        assertThat(api.get("/v1/stack/shop").body().path("services").path(0).path("image").asString()).isEqualTo("nginx");
        assertThat(api.get("/v1/tags/shop").body().path(0).asString()).isEqualTo("default");
        assertThat(api.get("/v1/nodes/shop/default").body().path(0).path("service").asString()).isEqualTo("web");
    }

    @Test
    void unknownNamesAreNotFoundWithTheNearest() {
        shop();
        assertThat(api.get("/v1/stack/shpo").status()).isEqualTo(404);
        assertThat(api.get("/v1/stack/shpo").body().path("hint").asString()).isEqualTo("did you mean shop?");
        for (String path : List.of("/v1/tags/x", "/v1/nodes/shop/x", "/v1/server/x", "/v1/allocate/shop/default/x", "/v1/deployments/shop/9",
                "/v1/instances/shop/default/web/9", "/v1/instances/shop/default/web/0", "/v1/instances/shop/default/web/x")) {
            assertThat(api.get(path).status()).as(path).isEqualTo(404);
            assertThat(api.get(path).code()).as(path).isEqualTo("not-found");
        }
    }

    @Test
    void hostsTellWhatTheyAreAndHold() {
        shop();
        JsonNode host = api.get("/v1/network").body().path(0);
        assertThat(host.path("name").asString()).isEqualTo("here");
        assertThat(host.path("instances").asInt()).isEqualTo(2);
        assertThat(host.path("executors").path(0).asString()).isEqualTo("docker");
        assertThat(host.path("usage").path("cpuMillis").asInt(-1)).isZero();
        assertThat(api.get("/v1/server/here").body().path("instances")).hasSize(2);
    }

    @Test
    void allocateSaysWhereOneMoreWouldGo() {
        shop();
        JsonNode verdicts = api.get("/v1/allocate/shop/default/web").body();
        assertThat(verdicts).hasSize(1);
        assertThat(verdicts.path(0).path("host").asString()).isEqualTo("here");
        assertThat(verdicts.path(0).path("rank").asInt()).isEqualTo(1);
    }

    @Test
    void infoIsNestedByTheKeysAndHoldsNoSecrets() {
        shop();
        api.settle(to -> to.put(Keys.env("shop", "PASSWORD"), "hunter2").put(Keys.LEADER, "here"));
        JsonNode info = api.get("/v1/info").body();
        assertThat(info.path("leader").asString()).isEqualTo("here");
        assertThat(info.path("run").path("shop").path("default").path("web").path("1").asString()).isEqualTo("here");
        assertThat(info.path("proc").path("shop").path("default").path("web").path("scale").asInt()).isEqualTo(3);
        assertThat(info.path("deploy").path("here").path("shop").path("default").path("web").path("1").asString()).isEqualTo("shop-default-web-1");
        assertThat(info.path("pending").path("shop").path("default").path("web").path("3").asString()).contains("short of memory");
        assertThat(info.toString()).doesNotContain("hunter2");
    }

    @Test
    void anInstanceTellsItsReasonsEventsAndLastLines() {
        shop();
        api.executor.say("shop/default/web/2", Api.AT, "cannot bind");
        JsonNode instance = api.get("/v1/instances/shop/default/web/2").body();
        assertThat(instance.path("instance").asString()).isEqualTo("shop/default/web/2");
        assertThat(instance.path("reason").asString()).contains("exit code 1");
        assertThat(instance.path("log").path(0).asString()).isEqualTo("cannot bind");
        assertThat(instance.path("events").isArray()).isTrue();
        assertThat(api.get("/v1/instances/shop/default/web/3").body().path("state").asString()).isEqualTo("pending");
    }

    @Test
    void watchSendsTheTableAtOnceAndAfterChanges() throws Exception {
        shop();
        try (Api.Events events = api.events("/v1/watch?stack=shop")) {
            assertThat(events.next().data().path("instances")).hasSize(3);
            api.report("shop/default/web/2", api.live.view().instance(concierge.model.InstanceId.parse("shop/default/web/2")).get().generation(), InstanceState.ready, "");
            assertThat(events.next().data().path("instances").path(1).path("state").asString()).isEqualTo("ready");
        }
    }

    @Test
    void theServerDescribesItselfAndItsSettings() {
        JsonNode version = api.get("/v1/version").body();
        assertThat(version.path("installation").asString()).isEqualTo("inst");
        assertThat(version.path("formats").path(0).asInt()).isEqualTo(1);
        JsonNode setting = api.get("/v1/config").body().path(0);
        assertThat(setting.path("key").asString()).isEqualTo("api.port");
        assertThat(setting.path("default").asInt()).isEqualTo(8791);
    }

    @Test
    void stopIsAnsweredAndThenDone() {
        assertThat(api.post("/v1/server/stop", "{}").status()).isEqualTo(200);
        org.awaitility.Awaitility.await().until(api.stopped::get);
    }

    @Test
    void deploymentsOfNobodyAreNotFound() {
        assertThat(api.get("/v1/deployments/nope").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /v1/plan                  | []                                | body: a list (expected: an object)
            /v1/plan                  | {"file": 5}                       | file: the number 5 (expected: an object)
            /v1/plan                  | {"file": {"name": [], "text": ""}}| file.name: a list (expected: a text)
            /v1/plan                  | {                                 | body: no JSON from line 1, column
            /v1/stacks/shop/scale     | {"service": "web", "scale": "x"}  | scale: a text (expected: a whole number)
            /v1/stacks/shop/run       | {"service": "w", "command": "ls"} | command: a text (expected: a list)
            /v1/stacks/shop/run       | {"service": "w", "tty": 7.5}      | tty: the number 7.5 (expected: true or false)
            """)
    void aBodyOfAnotherFormIsToldInTheWordsOfJson(String path, String body, String told) {
        Api.Answer answer = api.post(path, body);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body().path("title").asString()).startsWith(told).doesNotContain("concierge.").doesNotContain("java");
    }
}
