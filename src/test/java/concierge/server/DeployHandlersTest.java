package concierge.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import concierge.executor.ImageEngine;
import concierge.model.Deployment;
import concierge.model.Digest;
import concierge.model.ExecutorKind;
import concierge.model.HostRecord;
import concierge.model.InstanceState;
import concierge.model.Intent;
import concierge.model.Resources;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.server.deploy.DeployCommit;
import concierge.server.records.History;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.state.Writes;
import concierge.store.Entry;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class DeployHandlersTest extends ApiTest {
    private static final String SHOP = """
            viking:
              name: shop
              comment: sells things
            deploy:
              web:
                image: nginx
                scale: 2
                expose: [80]
                domains: [shop.localhost]
              db:
                image: mongo
                service: true
                volume: [/data/db]
            """;

    @BeforeEach
    void join() {
        api.host();
    }

    private static Map<String, Object> body(String text) {
        Map<String, Object> body = new HashMap<>();
        body.put("file", Map.of("name", "viking.yml", "text", text));
        return body;
    }

    private static Map<String, Object> body(String text, String key, Object value) {
        Map<String, Object> body = body(text);
        body.put(key, value);
        return body;
    }

    /** Deploys up to the answer `accepted`; what came before it. */
    private List<Api.Events.Event> accept(Object body) throws Exception {
        List<Api.Events.Event> seen = new ArrayList<>();
        try (Api.Events events = api.events("/v1/deploy", body)) {
            for (var event = events.next(); event != null; event = events.next()) {
                seen.add(event);
                if (event.name().equals("accepted") || event.name().equals("failed")) return seen;
            }
        }
        throw new AssertionError("ended early: " + seen);
    }

    private Intent intent(String service) {
        return Codec.intent(api.store.find(Keys.proc(ServiceId.parse(service))).orElseThrow().value());
    }

    private boolean wanted(String service) {
        return api.store.find(Keys.proc(ServiceId.parse(service))).isPresent();
    }

    private Deployment deployment(String id) {
        return Codec.deployment(api.store.find(Keys.deployment("shop", id)).orElseThrow().value());
    }

    /** What the leader does when all is ready. */
    private void conclude(String id, Deployment.Outcome outcome) {
        Entry entry = api.store.find(Keys.deployment("shop", id)).orElseThrow();
        api.settle(to -> Writes.conclude(to, Codec.deployment(entry.value()).ended(outcome, "all ready"), entry));
    }

    @Test
    void checkListsWhatAFileNeeds() {
        String text = "viking: {name: a}\nbuild:\n  app: |\n    FROM scratch\n    ADD . /\ndeploy:\n  web: {image: 'viking:a/app'}\n"
                + "  help: {type: website, document_root: ./www, domains: [a.localhost]}\n";
        JsonNode checked = api.post("/v1/stackfile/check", Map.of("name", "viking.yml", "text", text)).body();
        assertThat(checked.path("stack").asString("")).as(checked.toString()).isEqualTo("a");
        assertThat(checked.path("builds").path(0).asString()).isEqualTo("app");
        assertThat(checked.path("sites").path(0).asString()).isEqualTo("./www");
        assertThat(checked.path("services")).hasSize(2);
    }

    @Test
    void aBadFileIsToldWithEveryErrorAndChangesNothing() {
        String text = "viking: {name: 'a b'}\ndeploy:\n  web: {imag: x, scale: -1}\n";
        long before = api.store.revision();
        for (String path : List.of("/v1/deploy", "/v1/build")) {
            Api.Answer answer = api.post(path, body(text));
            assertThat(answer.status()).isEqualTo(422);
            assertThat(answer.code()).isEqualTo("bad-stack-file");
            assertThat(answer.body().path("problems").size()).isGreaterThanOrEqualTo(2);
            JsonNode location = answer.body().path("problems").path(0).path("location");
            assertThat(location.path("file").asString("")).isEqualTo("viking.yml");
            assertThat(location.path("line").asInt(0)).isPositive();
        }
        assertThat(api.store.revision()).isEqualTo(before);
    }

    @Test
    void aDeployWritesIntentRecordAndDeploymentInOneCommit() throws Exception {
        List<Api.Events.Event> events = accept(body(SHOP));
        assertThat(events.getLast().data().path("id").asString()).isEqualTo("0000000001");
        assertThat(intent("shop/default/web").scale()).isEqualTo(2);
        assertThat(wanted("shop/static/db")).isTrue();
        assertThat(deployment("0000000001").outcome()).isEqualTo(Deployment.Outcome.active);
        List<Long> revisions = new ArrayList<>();
        for (String key : List.of(Keys.stack("shop"), Keys.deployment("shop", "0000000001"), "/proc/shop/default/web", "/proc/shop/static/db")) {
            revisions.add(api.store.find(key).orElseThrow().modified());
        }
        assertThat(revisions).containsOnly(revisions.getFirst());
        ServiceSpec spec = Codec.spec(api.store.find(Keys.spec(intent("shop/default/web").spec())).orElseThrow().value());
        assertThat(spec.image()).contains("nginx");
        assertThat(api.blobs.has(Digest.of(SHOP))).isTrue();
    }

    @Test
    void theClientSeesEachChangeUntilTheDeploymentEnds() throws Exception {
        try (Api.Events events = api.events("/v1/deploy", body(SHOP))) {
            assertThat(events.next().name()).isEqualTo("step");
            assertThat(events.next().name()).isEqualTo("accepted");
            assertThat(events.next().data().path("state").asString()).isEqualTo("pending");
            ServiceSpec web = Codec.spec(api.store.find(Keys.spec(intent("shop/default/web").spec())).orElseThrow().value());
            api.run("shop/default/web/1", web, InstanceState.ready, "");
            conclude("0000000001", Deployment.Outcome.succeeded);
            List<String> names = new ArrayList<>();
            JsonNode done = null;
            for (var event = events.next(); event != null; event = events.next()) {
                names.add(event.name());
                if (event.name().equals("done")) done = event.data();
            }
            assertThat(names).contains("instance").endsWith("done").containsOnlyOnce("done");
            assertThat(done.path("outcome").asString()).isEqualTo("succeeded");
            assertThat(done.path("reason").asString()).isEqualTo("all ready");
            assertThat(done.path("ps").path("instances").isEmpty()).isFalse();
            org.awaitility.Awaitility.await().until(() -> api.events.read(0).events().stream().anyMatch(event ->
                    event.kind().equals("deployment") && event.text().equals("#1 succeeded: all ready")));
        }
    }

    @Test
    void watchingIsSaidOfWhatIsNewNotOfWhatWasReadyBefore() throws Exception {
        String path = "shop/default/web/1";
        api.want("shop/default/web", ServiceSpec.of("old"), 1);
        long before = api.run(path, ServiceSpec.of("old"), InstanceState.ready, "");
        try (Api.Events events = api.events("/v1/deploy", body("viking: {name: shop}\ndeploy: {web: {image: new}}\n"))) {
            Api.Events.Event event = events.next();
            while (!event.name().equals("accepted")) event = events.next();
            assertThat(events.next().data().path("state").asString()).isEqualTo("ready");
            api.report(path, before, InstanceState.stopping, "");
            assertThat(events.next().name()).as("nothing new is ready").isEqualTo("instance");
            api.release(path, before);
            api.run(path, Codec.spec(api.store.find(Keys.spec(intent("shop/default/web").spec())).orElseThrow().value()), InstanceState.ready, "");
            do event = events.next();
            while (event.name().equals("instance"));
            assertThat(event.data().path("text").asString()).startsWith("watching for 5 s");
        }
    }

    @Test
    void deployingAgainSupersedesAndKeepsWhatIsByHand() throws Exception {
        accept(body(SHOP));
        api.post("/v1/stacks/shop/scale", Map.of("service", "web", "scale", 5));
        api.post("/v1/stacks/shop/restart", Map.of("service", "web"));
        api.post("/v1/stacks/shop/stop", Map.of("service", "web"));
        accept(body(SHOP));
        assertThat(deployment("0000000001").outcome()).isEqualTo(Deployment.Outcome.superseded);
        assertThat(deployment("0000000002").outcome()).isEqualTo(Deployment.Outcome.active);
        assertThat(intent("shop/default/web").override()).isEqualTo(5);
        assertThat(intent("shop/default/web").epoch()).isEqualTo(1);
        assertThat(intent("shop/default/web").stopped()).isFalse();
        accept(body(SHOP.replace("scale: 2", "scale: 3")));
        assertThat(intent("shop/default/web").override()).isEqualTo(Intent.NO_OVERRIDE);
    }

    @Test
    void whatIsNotInTheFileAnyMoreGoesButSharedServicesStay() throws Exception {
        accept(body(SHOP));
        List<Api.Events.Event> events = accept(body("viking: {name: shop}\ndeploy:\n  api: {image: node}\n"));
        assertThat(wanted("shop/default/web")).isFalse();
        assertThat(wanted("shop/default/api")).isTrue();
        assertThat(wanted("shop/static/db")).isTrue();
        assertThat(events).anyMatch(event -> event.name().equals("warning") && event.data().path("code").asString().equals("shared-service-left"));
    }

    @Test
    void anotherTagReplacesTheOthersUnlessBeside() throws Exception {
        accept(body(SHOP));
        accept(body(SHOP, "tag", "v2"));
        assertThat(deployment("0000000002").replaces()).containsExactly("default");
        assertThat(wanted("shop/default/web")).as("until the new one is ready").isTrue();
        assertThat(primary()).as("so long the domains stay, too").isEqualTo("default");
        conclude("0000000002", Deployment.Outcome.failed);
        accept(beside("v3"));
        assertThat(deployment("0000000003").replaces()).isEmpty();
        assertThat(primary()).isEqualTo("default");
    }

    private static Map<String, Object> beside(String tag) {
        Map<String, Object> beside = body(SHOP, "tag", tag);
        beside.put("beside", true);
        return beside;
    }

    @Test
    void besideIsRefusedWhileAnotherTagIsBeingDeployed() throws Exception {
        accept(body(SHOP));
        conclude("0000000001", Deployment.Outcome.succeeded);
        accept(body(SHOP, "tag", "v2"));
        long before = api.store.revision();
        for (String path : List.of("/v1/deploy", "/v1/plan")) {
            Api.Answer refused = api.post(path, beside("v3"));
            assertThat(refused.status()).isEqualTo(409);
            assertThat(refused.code()).isEqualTo("deployment-under-way");
            assertThat(refused.body().path("title").asString()).isEqualTo("tag v2 of shop is being deployed");
            assertThat(refused.body().path("detail").asString()).matches("deployment 2, which replaces default, is under way since 20\\d\\d-.*Z");
            assertThat(refused.body().path("hint").asString()).contains("without --beside");
        }
        assertThat(api.store.revision()).isEqualTo(before);
        assertThat(deployment("0000000002").outcome()).isEqualTo(Deployment.Outcome.active);
        accept(beside("v2"));
        assertThat(deployment("0000000002").outcome()).as("its own tag anew").isEqualTo(Deployment.Outcome.superseded);
        accept(body(SHOP, "tag", "v3"));
        assertThat(deployment("0000000004").replaces()).as("without it, the newer comes instead").containsExactly("default", "v2");
    }

    @Test
    void besideIsRefusedThoughTheOtherTagCameWhileItWasBuilt() throws Exception {
        accept(body(SHOP));
        conclude("0000000001", Deployment.Outcome.succeeded);
        String text = SHOP.replace("deploy:", "build:\n  app: |\n    FROM scratch\n    ADD . /\ndeploy:");
        Digest digest = Digest.of("a tar");
        upload(digest, "a tar".getBytes(StandardCharsets.UTF_8));
        Map<String, Object> late = body(text, "context", digest.hex());
        late.put("tag", "v3");
        late.put("beside", true);
        api.images.gate = new CountDownLatch(1);
        try (Api.Events events = api.events("/v1/deploy", late)) {
            events.next();
            // Another server's, for which this one's lock means nothing.
            api.settle(to -> Writes.deployment(to, new Deployment("shop", "0000000002", "v2", List.of("default"), Deployment.Outcome.active, "", 0)));
            api.images.gate.countDown();
            var last = events.next();
            for (var event = last; event != null; event = events.next()) last = event;
            assertThat(last.data().path("code").asString()).isEqualTo("deployment-under-way");
        }
        assertThat(wanted("shop/v3/web")).isFalse();
    }

    private String primary() {
        return Codec.stack(api.store.find(Keys.stack("shop")).orElseThrow().value()).primary();
    }

    @Test
    void buildsComeFirstAndTheirReferencesAreRemembered() throws Exception {
        String text = "viking: {name: shop}\nbuild:\n  app: |\n    FROM scratch\n    ADD . /\ndeploy:\n  web: {image: 'viking:shop/app'}\n";
        byte[] context = "a tar".getBytes(StandardCharsets.UTF_8);
        Digest digest = Digest.of(context);
        assertThat(api.post("/v1/deploy", body(text)).code()).isEqualTo("blobs-missing");
        assertThat(api.post("/v1/deploy", body(text, "context", digest.hex())).status()).isEqualTo(424);
        upload(digest, context);
        List<Api.Events.Event> events = accept(body(text, "context", digest.hex()));
        assertThat(events).anyMatch(event -> event.name().equals("progress") && event.data().path("image").asString().equals("app"));
        assertThat(api.store.find(Keys.image("shop", "default", "app")).orElseThrow().value().text()).isEqualTo("concierge/shop/app:1");
        ServiceSpec spec = Codec.spec(api.store.find(Keys.spec(intent("shop/default/web").spec())).orElseThrow().value());
        assertThat(spec.image()).contains("concierge/shop/app:1");
    }

    private void upload(Digest digest, byte[] content) throws Exception {
        var put = api.request("/v1/blobs/" + digest.hex()).PUT(HttpRequest.BodyPublishers.ofByteArray(content)).build();
        assertThat(api.client.send(put, java.net.http.HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    }

    private int head(Digest digest) throws Exception {
        var head = api.request("/v1/blobs/" + digest.hex()).method("HEAD", HttpRequest.BodyPublishers.noBody()).build();
        return api.client.send(head, java.net.http.HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    @Test
    void uploadsAreKeptByTheirDigestOnly() throws Exception {
        byte[] content = "content".getBytes(StandardCharsets.UTF_8);
        assertThat(head(Digest.of(content))).isEqualTo(404);
        upload(Digest.of(content), content);
        upload(Digest.of(content), content);
        assertThat(head(Digest.of(content))).isEqualTo(200);
        Api.Answer wrong = api.put("/v1/blobs/" + Digest.of("other").hex(), "content");
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(api.put("/v1/blobs/short", "content").status()).isEqualTo(400);
    }

    @Test
    void aFailingBuildChangesNothingAndShowsItsOutput() throws Exception {
        String text = "viking: {name: shop}\nbuild:\n  app: |\n    FROM scratch\n    ADD . /\ndeploy:\n  web: {image: 'viking:shop/app'}\n";
        Digest digest = Digest.of("a tar");
        upload(digest, "a tar".getBytes(StandardCharsets.UTF_8));
        api.images.failure = new ImageEngine.BuildFailedException("image app: RUN false failed with 1", "RUN false", List.of("boom"));
        JsonNode failed = accept(body(text, "context", digest.hex())).getLast().data();
        assertThat(failed.path("code").asString()).isEqualTo("build-failed");
        assertThat(failed.path("detail").asString()).isEqualTo("boom");
        assertThat(wanted("shop/default/web")).isFalse();
    }

    @Test
    void withoutAnEngineABuildIsRefusedUnlessProcessesWillDo() throws Exception {
        String text = "viking: {name: shop}\nbuild:\n  app: |\n    FROM scratch\n    ADD . /\ndeploy:\n  web: {image: 'viking:shop/app', run: 'sh x', executor: [docker]}\n";
        Digest digest = Digest.of("a tar");
        upload(digest, "a tar".getBytes(StandardCharsets.UTF_8));
        api.images.unavailable = Optional.of("nothing answers at /var/run/docker.sock");
        Api.Answer refused = api.post("/v1/deploy", body(text, "context", digest.hex()));
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.code()).isEqualTo("engine-unavailable");
        List<Api.Events.Event> events = accept(body(text.replace("[docker]", "[docker, process]"), "context", digest.hex()));
        assertThat(events).anyMatch(event -> event.name().equals("warning") && event.data().path("code").asString().equals("no-engine")
                && event.data().path("message").asString().contains("web runs as a local process")
                && event.data().path("hint").asString().contains("/var/run/docker.sock"));
        assertThat(wanted("shop/default/web")).isTrue();
    }

    @Test
    void portsThatNobodyReachesAreToldBeforehandAndWithTheHost() throws Exception {
        String remark = "docker: ports are published on 127.0.0.1 of 10.1.2.3";
        api.settle(to -> to.put(Keys.host("far"), Codec.value(new HostRecord(
                "far", List.of("10.0.0.1"), Set.of(), Resources.NONE, Set.of(ExecutorKind.docker), false, false, "", List.of(remark)))));
        assertThat(api.post("/v1/plan", body(SHOP)).body().path("warnings").toString()).contains("host far: " + remark);
        assertThat(accept(body(SHOP))).anyMatch(event -> event.name().equals("warning")
                && event.data().path("code").asString().equals("host-remark") && event.data().path("message").asString().equals("host far: " + remark));
        assertThat(accept(body("viking: {name: quiet}\ndeploy:\n  job: {image: x}\n"))).as("exposes nothing").noneMatch(event -> event.name().equals("warning"));
        assertThat(api.get("/v1/hosts").body().path(0).path("remarks").path(0).asString()).isEqualTo(remark);
    }

    @Test
    void buildAloneChangesNoIntentAndPushes() throws Exception {
        String text = "viking: {name: shop}\nbuild:\n  app: |\n    FROM scratch\n    ADD . /\ndeploy:\n  web: {image: 'viking:shop/app'}\n";
        Digest digest = Digest.of("a tar");
        upload(digest, "a tar".getBytes(StandardCharsets.UTF_8));
        Map<String, Object> body = body(text, "context", digest.hex());
        body.put("push", "registry.test/team/");
        try (Api.Events events = api.events("/v1/build", body)) {
            var last = events.next();
            for (var event = last; event != null; event = events.next()) last = event;
            assertThat(last.name()).isEqualTo("done");
            assertThat(last.data().path("outcome").asString()).isEqualTo("succeeded");
        }
        assertThat(api.images.pushed).containsExactly("concierge/shop/app:1 registry.test/team/app:latest");
        assertThat(wanted("shop/default/web")).isFalse();
    }

    @Test
    void whatDoesNotFitTheDeployedIsRefusedByName() throws Exception {
        accept(body(SHOP));
        await().until(() -> api.live.view().stacks().find("shop") != null);
        String other = "viking: {name: SHOP, require: [missing]}\ndeploy:\n  web: {image: nginx, expose: [80], domains: [Shop.localhost]}\n";
        Api.Answer answer = api.post("/v1/deploy", body(other));
        assertThat(answer.status()).isEqualTo(409);
        List<String> codes = new ArrayList<>();
        answer.body().path("problems").forEach(problem -> codes.add(problem.path("code").asString() + " "
                + problem.at("/location/line").asInt() + ":" + problem.at("/location/column").asInt()));
        assertThat(codes).containsExactly("stack-required 1:32", "name-collision 1:16", "domain-taken 3:47");
    }

    @Test
    void storedVariablesAreResolvedAndMissingOnesTold() throws Exception {
        assertThat(api.put("/v1/stacks/shop/env", Map.of("TOKEN", "abc")).status()).isEqualTo(200);
        String text = "viking: {name: shop}\ndeploy:\n  web:\n    image: nginx\n    env: {A: '_shop:TOKEN', B: '_shop:NONE'}\n";
        List<Api.Events.Event> events = accept(body(text));
        ServiceSpec spec = Codec.spec(api.store.find(Keys.spec(intent("shop/default/web").spec())).orElseThrow().value());
        assertThat(spec.environment()).containsOnly(Map.entry("A", "abc"));
        assertThat(events).anyMatch(event -> event.name().equals("warning") && event.data().path("code").asString().equals("unresolved-variable"));
    }

    @Test
    void sitesAreUnpackedForTheRouter() throws Exception {
        String text = "viking: {name: shop}\ndeploy:\n  help: {type: website, document_root: ./www, domains: [help.localhost]}\n";
        Digest digest = Digest.of("site");
        assertThat(api.post("/v1/deploy", body(text)).code()).isEqualTo("blobs-missing");
        upload(digest, "site".getBytes(StandardCharsets.UTF_8));
        accept(body(text, "sites", Map.of("./www", digest.hex())));
        assertThat(api.blobs.unpacked).containsExactly(digest);
        await().until(() -> !api.get("/v1/ps").body().path("sites").isEmpty());
        assertThat(api.get("/v1/ps").body().path("sites").path(0).path("url").asString()).isEqualTo("http://help.localhost:8080/");
        assertThat(api.get("/v1/ps").body().path("instances")).isEmpty();
    }

    @Test
    void deploymentsOfOneStackComeOneAfterTheOther() throws Exception {
        String text = "viking: {name: shop}\nbuild:\n  app: |\n    FROM scratch\n    ADD . /\ndeploy:\n  web: {image: 'viking:shop/app'}\n";
        Digest digest = Digest.of("a tar");
        upload(digest, "a tar".getBytes(StandardCharsets.UTF_8));
        api.images.gate = new CountDownLatch(1);
        try (Api.Events first = api.events("/v1/deploy", body(text, "context", digest.hex()))) {
            assertThat(first.next().data().path("text").asString()).contains("building");
            try (Api.Events second = api.events("/v1/deploy", body(text, "context", digest.hex()))) {
                assertThat(second.next().data().path("text").asString()).isEqualTo("waiting for another deployment of shop");
                api.images.gate.countDown();
                String id = "";
                for (var event = second.next(); event != null && id.isEmpty(); event = second.next()) id = event.data().path("id").asString("");
                assertThat(id).isEqualTo("0000000002");
            }
        }
    }

    @Test
    void aClientThatGoesAwayDoesNotStopTheDeployment() throws Exception {
        String text = "viking: {name: shop}\nbuild:\n  app: |\n    FROM scratch\n    ADD . /\ndeploy:\n  web: {image: 'viking:shop/app'}\n";
        Digest digest = Digest.of("a tar");
        upload(digest, "a tar".getBytes(StandardCharsets.UTF_8));
        api.images.gate = new CountDownLatch(1);
        try (Api.Events events = api.events("/v1/deploy", body(text, "context", digest.hex()))) {
            events.next();
        }
        api.images.gate.countDown();
        await().until(() -> wanted("shop/default/web"));
    }

    @Test
    void concurrentChangesByHandAreNotLost() throws Exception {
        accept(body(SHOP));
        Thread[] scalers = new Thread[4];
        for (int i = 0; i < scalers.length; i++) {
            scalers[i] = Thread.startVirtualThread(() -> {
                for (int n = 0; n < 10; n++) api.post("/v1/stacks/shop/restart", Map.of("service", "web"));
            });
        }
        for (int i = 0; i < 5; i++) accept(body(SHOP));
        for (Thread scaler : scalers) scaler.join();
        assertThat(intent("shop/default/web").epoch()).isEqualTo(40);
    }

    @Test
    void tooManyChangesAtOnceAreRefusedAndNothingHappens() throws Exception {
        accept(body(many("a")));
        Api.Answer ps = api.get("/v1/ps");
        List<Api.Events.Event> events = accept(body(many("b")));
        assertThat(events.getLast().data().path("code").asString()).isEqualTo("too-large");
        assertThat(wanted("shop/default/a1")).isTrue();
        assertThat(ps.status()).isEqualTo(200);
    }

    private static String many(String prefix) {
        StringBuilder text = new StringBuilder("viking: {name: shop}\ndeploy:\n");
        for (int i = 1; i <= 90; i++) text.append("  ").append(prefix).append(i).append(": {image: nginx}\n");
        return text.toString();
    }

    @Test
    void historyIsKeptShort() throws Exception {
        for (int i = 0; i < DeployCommit.HISTORY + 5; i++) accept(body(SHOP));
        List<Deployment> kept = new History(api.store).of("shop");
        assertThat(kept).hasSizeBetween(DeployCommit.HISTORY, DeployCommit.HISTORY + 2);
        assertThat(kept.getFirst().id()).isEqualTo("0000000025");
        assertThat(java.time.Instant.parse(api.get("/v1/deployments/shop").body().path(0).path("started").asString()))
                .as("ISO 8601, as all times are").isAfter(java.time.Instant.parse("2020-01-01T00:00:00Z"));
        assertThat(api.get("/v1/deployments/shop").body().path(0).path("id").asString()).isEqualTo("0000000025");
    }

    @Test
    void aPlanTellsEveryStepAndChangesNothing() throws Exception {
        String text = SHOP.replace("deploy:", "build:\n  app: |\n    FROM scratch\n    ADD . /\ndeploy:").replace("image: nginx", "image: viking:shop/app");
        Digest digest = Digest.of("a tar");
        upload(digest, "a tar".getBytes(StandardCharsets.UTF_8));
        long before = api.store.revision();
        JsonNode plan = api.post("/v1/plan", body(text, "context", digest.hex())).body();
        assertThat(api.store.revision()).isEqualTo(before);
        List<String> steps = new ArrayList<>();
        plan.path("steps").forEach(step -> steps.add(step.path("kind").asString() + " " + step.path("subject").asString()));
        assertThat(steps).contains(
                "build viking:shop/app", "create shop/default/web", "create shop/static/db", "place shop/default/web/1", "place shop/default/web/2",
                "place shop/static/db/1", "route shop.localhost");
        assertThat(plan.path("refusals").isEmpty()).isTrue();
        accept(body(SHOP));
        JsonNode next = api.post("/v1/plan", body("viking: {name: shop}\ndeploy:\n  web: {image: nginx, filter: gpu}\n")).body();
        List<String> kinds = new ArrayList<>();
        next.path("steps").forEach(step -> kinds.add(step.path("kind").asString() + " " + step.path("subject").asString()));
        assertThat(kinds).contains("change shop/default/web");
        assertThat(next.path("refusals").path(0).path("reason").asString("")).as(next.toString()).contains("gpu");
    }

    @Test
    void badRequestsSayWhatIsExpected() {
        assertThat(api.post("/v1/deploy", "{}").body().path("title").asString()).contains("file: absent");
        assertThat(api.post("/v1/deploy", body(SHOP, "tag", "static")).status()).isEqualTo(400);
        assertThat(api.post("/v1/deploy", body(SHOP, "tag", "a/b")).status()).isEqualTo(400);
        assertThat(api.post("/v1/deploy", body(SHOP, "context", "zz")).status()).isEqualTo(400);
        assertThat(api.post("/v1/deploy", Map.of("file", Map.of("name", "x"))).status()).isEqualTo(400);
    }
}
