package concierge.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.executor.ExecutorException;
import concierge.json.Json;
import concierge.model.InstanceState;
import concierge.model.Secret;
import concierge.model.SecretFile;
import concierge.model.ServiceSpec;
import concierge.server.records.Listing;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.store.Entry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class SecretHandlersTest extends ApiTest {
    private static final String VALUE = "correct-horse";
    private static final String FILE = "viking: {name: shop}\ndeploy:\n  web:\n    image: nginx\n    secrets: [db]\n";

    @BeforeEach
    void join() {
        api.host();
    }

    private Api.Answer set(String name, String value) {
        return api.put("/v1/stacks/shop/secrets/" + name, value.getBytes(StandardCharsets.UTF_8));
    }

    private List<JsonNode> listed() {
        List<JsonNode> all = new ArrayList<>();
        api.get("/v1/stacks/shop/secrets").body().forEach(all::add);
        return all;
    }

    private Api.Answer plan() {
        return api.post("/v1/plan", Map.of("file", Map.of("name", "viking.yml", "text", FILE)));
    }

    private String deploy() throws Exception {
        try (Api.Events events = api.events("/v1/deploy", Map.of("file", Map.of("name", "viking.yml", "text", FILE)))) {
            for (var event = events.next(); event != null; event = events.next()) {
                if (event.name().equals("accepted")) return event.data().path("id").asString();
            }
            throw new AssertionError("not accepted");
        }
    }

    private SecretFile deployed() {
        Entry intent = api.store.find("/proc/shop/default/web").orElseThrow();
        ServiceSpec spec = Codec.spec(api.store.find(Keys.spec(Codec.intent(intent.value()).spec())).orElseThrow().value());
        return spec.secrets().getFirst();
    }

    @Test
    void aValueGoesInAndNeverComesOut() throws Exception {
        Api.Answer answer = set("db", VALUE);
        assertThat(answer.status()).isEqualTo(200);
        deploy();
        StringBuilder everything = new StringBuilder(answer.body().toString());
        for (String path : List.of("/v1/info", "/v1/stacks/shop/secrets", "/v1/stack/shop", "/v1/stacks", "/v1/ps", "/v1/config", "/v1/stacks/shop/env")) {
            everything.append(api.get(path).body());
        }
        everything.append(plan().body());
        for (Entry entry : Listing.all(api.store, "/")) everything.append(entry.key()).append(entry.value().text());
        try (var files = Files.walk(home)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) everything.append(Files.readString(file, StandardCharsets.ISO_8859_1));
        }
        assertThat(everything.toString()).contains("\"db\"").doesNotContain(VALUE);
        assertThat(api.get("/v1/info").body().toString()).doesNotContain("secrets");
        assertThat(api.secrets.open("shop", List.of(deployed()))).containsExactly(Secret.of(VALUE));
    }

    @Test
    void listsWhatThereIsAndWhoUsesIt() throws Exception {
        set("db", VALUE);
        set("unused", "x");
        deploy();
        api.live.await(Long.MAX_VALUE, java.time.Duration.ofMillis(200));

        JsonNode db = listed().getFirst();
        assertThat(db.path("name").asString()).isEqualTo("db");
        assertThat(db.path("digest").asString()).hasSize(12);
        assertThat(db.path("usedBy").toString()).isEqualTo("[{\"service\":\"shop/default/web\",\"current\":true}]");
        assertThat(listed().getLast().path("usedBy")).isEmpty();
        Api.Answer changed = set("db", "another");
        assertThat(changed.body().path("changed").asBoolean()).isTrue();
        assertThat(listed().getFirst().at("/usedBy/0/current").asBoolean(true)).isFalse();
        assertThat(set("db", "another").body().path("changed").asBoolean(true)).isFalse();
    }

    @Test
    void aUserWhoseInstancesStillRunWithTheEarlierValueIsBehind() throws Exception {
        set("db", VALUE);
        deploy();
        ServiceSpec before = ServiceSpec.of("nginx").with().secrets(List.of(deployed())).build();
        set("db", "another");
        deploy();
        api.commit(to -> to.put(Keys.spec(Codec.digest(before)), Codec.value(before)));
        long generation = api.run("shop/default/web/1", before, InstanceState.ready, "");
        assertThat(listed().getFirst().at("/usedBy/0/current").asBoolean(true)).isFalse();
        api.report("shop/default/web/1", generation, InstanceState.stopped, "");
        assertThat(listed().getFirst().at("/usedBy/0/current").asBoolean(false)).isTrue();
    }

    @Test
    void aChangedValueIsPlannedDeployedAndTheOldOneStillOpens() throws Exception {
        set("db", VALUE);
        deploy();
        SecretFile before = deployed();
        assertThat(plan().body().path("steps").toString()).doesNotContain("\"change\"");

        set("db", "another");
        assertThat(plan().body().path("steps").get(0).toString()).contains("\"change\"").contains("secrets db");
        deploy();

        assertThat(deployed()).isNotEqualTo(before);
        assertThat(api.secrets.open("shop", List.of(before, deployed()))).containsExactly(Secret.of(VALUE), Secret.of("another"));
    }

    @Test
    void aMissingOneRefusesTheDeployBeforeAnythingChanges() {
        long revision = api.store.revision();
        for (String path : List.of("/v1/deploy", "/v1/plan")) {
            Api.Answer answer = api.post(path, Map.of("file", Map.of("name", "viking.yml", "text", FILE)));
            assertThat(answer.status()).isEqualTo(409);
            JsonNode problem = answer.body().at("/problems/0");
            assertThat(problem.path("code").asString()).isEqualTo("missing-secret");
            assertThat(problem.path("hint").asString()).isEqualTo("set it: concierge secret set shop db");
            assertThat(problem.at("/location/line").asInt()).isEqualTo(5);
            assertThat(problem.at("/location/column").asInt()).isEqualTo(15);
        }
        assertThat(api.store.revision()).isEqualTo(revision);
    }

    @Test
    void aUsedOneIsRemovedByForceAloneAndThenMissed() throws Exception {
        set("db", VALUE);
        deploy();
        SecretFile used = deployed();
        api.live.await(Long.MAX_VALUE, java.time.Duration.ofMillis(200));

        Api.Answer refused = api.delete("/v1/stacks/shop/secrets/db");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.body().path("title").asString()).isEqualTo("shop/db: used by shop/default/web (expected: nobody)");
        assertThat(api.delete("/v1/stacks/shop/secrets/db?force=true").status()).isEqualTo(200);
        assertThat(listed()).isEmpty();
        assertThatThrownBy(() -> api.secrets.open("shop", List.of(used))).isInstanceOf(ExecutorException.class)
                .hasMessageContaining("has none of that name any more").hasMessageContaining("concierge secret set shop db");
        assertThat(api.delete("/v1/stacks/shop/secrets/db").status()).isEqualTo(404);
    }

    @Test
    void whatIsNoSecretIsRefused() {
        assertThat(set("db", "").body().path("title").asString()).isEqualTo("value: empty (expected: the secret as the request's body)");
        assertThat(set("db", "x".repeat((64 << 10) + 1)).status()).isEqualTo(413);
        assertThat(set("db", "x".repeat(64 << 10)).status()).isEqualTo(200);
        assertThat(set("d%20b", "x").body().path("title").asString()).isEqualTo("secret: d b (expected: 1 to 63 letters, digits, _ . or -)");
        assertThat(api.put("/v1/stacks/shop/secrets/bytes", new byte[] {0, -1, 10, 13}).status()).isEqualTo(200);
    }

    @Test
    void manyLargeValuesStayWithinACommit() {
        for (int i = 0; i < 8; i++) assertThat(set("db", "x".repeat((64 << 10) - 1) + i).status()).isEqualTo(200);
    }

    @Test
    void aStoreWithoutItsKeySaysWhichOneItNeeds() throws Exception {
        set("db", VALUE);
        deploy();
        SecretFile used = deployed();
        Path key = home.resolve("secrets.key");
        Path away = home.resolve("away");
        Files.move(key, away);

        JsonNode problem = plan().body().at("/problems/0");
        assertThat(problem.path("code").asString()).isEqualTo("locked-secret");
        assertThat(problem.path("message").asString()).contains("was sealed with the key ").contains(key + " is not there");
        assertThatThrownBy(() -> api.secrets.open("shop", List.of(used))).hasMessageContaining(key + " is not there");
        assertThat(listed().getFirst().path("problem").asString()).contains("is not there");
        Api.Answer refused = set("new", "x");
        assertThat(refused.code()).isEqualTo("secrets-locked");
        assertThat(key).as("no second key beside a lost one").doesNotExist();

        Files.copy(api.home().resolve("token"), key);
        assertThat(plan().body().toString()).contains("is another key");
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(plan().body().toString()).contains("expected: rw-------");

        Files.delete(key);
        Files.move(away, key);
        assertThat(plan().status()).isEqualTo(200);
        assertThat(api.secrets.open("shop", List.of(used))).containsExactly(Secret.of(VALUE));
    }

    @Test
    void damagedAndForgottenValuesAreExplained() throws Exception {
        set("db", VALUE);
        set("other", "x");
        deploy();
        SecretFile used = deployed();
        api.commit(to -> to.put(Keys.secret("shop", "db"), api.store.find(Keys.secret("shop", "other")).orElseThrow().value()));
        assertThatThrownBy(() -> api.secrets.open("shop", List.of(used))).hasMessageContaining("is not kept any more").hasMessageContaining("deploy again");
        SecretFile moved = new SecretFile("db", "db", Optional.empty(), Optional.of(Codec.secret(api.store.find(Keys.secret("shop", "db")).orElseThrow().value()).current().digest()));
        assertThatThrownBy(() -> api.secrets.open("shop", List.of(moved))).hasMessageContaining("was damaged").hasMessageContaining("concierge secret set shop db");
    }

    @Test
    void answersAreAsDescribed() {
        set("db", VALUE);
        JsonNode document = api.get("/v1/openapi.json").body();
        JsonNode schema = document.at("/components/schemas/Secret");
        JsonNode secret = listed().getFirst();
        schema.path("required").forEach(name -> assertThat(secret.has(name.asString())).isTrue());
        secret.propertyNames().forEach(name -> assertThat(schema.path("properties").has(name)).as(name).isTrue());
        assertThat(Json.write(Secret.of(VALUE))).doesNotContain(VALUE);
    }
}
