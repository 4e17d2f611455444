package concierge.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import concierge.json.Json;
import concierge.model.InstanceState;
import concierge.model.ServiceSpec;
import concierge.security.Authority;
import concierge.security.Identity;
import concierge.security.Member;
import concierge.security.SecretKey;
import concierge.security.access.AuditEntry;
import concierge.security.access.Role;
import concierge.server.http.Access;
import concierge.server.http.Operation;
import concierge.state.Keys;
import concierge.store.Entry;
import concierge.store.memory.MemoryStore;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The API as it is reached over a network: TLS, tokens with roles, and the audit of what was changed. */
class AccessTest {
    private static final String INSTALLATION = "11111111-2222-3333-4444-555555555555";

    @TempDir
    Path home;

    private Api api;
    private Identity identity;
    private ApiServer server;
    private HttpClient client;
    private Instant issued = Instant.now();

    @BeforeEach
    void start() throws Exception {
        api = new Api(home);
        Authority authority = Authority.ensure(api.store, SecretKey.open(home.resolve("secrets.key")), INSTALLATION, () -> issued);
        identity = Identity.open(home.resolve("tls"), authority, new Member(INSTALLATION, Member.Role.server, "one"), Set.of("127.0.0.1"));
        server = ApiServer.start("127.0.0.1", 0, Optional.of(new ApiServer.Beyond("127.0.0.1", 0, identity)), api.parts);
        client = HttpClient.newBuilder().sslContext(trusting(authority)).build();
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
        api.close();
    }

    private static SSLContext trusting(Authority authority) throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null);
        trusted.setCertificateEntry("ca", authority.certificate());
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }

    private HttpRequest.Builder request(String path, String token) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.beyondPort() + path));
        return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
    }

    private Api.Answer send(HttpRequest.Builder request) throws Exception {
        HttpResponse<String> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return new Api.Answer(answer.statusCode(), answer.body().isEmpty() ? Json.mapper().createObjectNode() : Json.mapper().readTree(answer.body()));
    }

    private String token(String name, Role role) {
        Api.Answer made = api.post("/v1/tokens", Map.of("name", name, "role", role.name()));
        assertThat(made.status()).as(made.body().toString()).isEqualTo(200);
        return made.body().path("token").asString();
    }

    @Test
    void everyOperationIsForItsRoleAndThoseAbove() throws Exception {
        Map<Role, String> tokens = new EnumMap<>(Role.class);
        for (Role role : Role.values()) tokens.put(role, token("a-" + role, role));
        List<String> wrong = new ArrayList<>();
        for (Operation operation : Operations.of(api.parts)) {
            Access.Rule rule = Access.of(operation);
            // What would end this test: the server's end is looked at elsewhere.
            if (operation.path().equals("/v1/server/stop")) continue;
            for (Role role : Role.values()) {
                boolean may = rule.role().map(role::includes).orElse(true);
                int status = status(operation, tokens.get(role));
                if (may == (status == 403 || status == 401)) wrong.add(role + " " + operation.method() + " " + operation.path() + " " + status);
            }
            int nobody = status(operation, "");
            if ((nobody == 401) == rule.role().isEmpty()) wrong.add("nobody " + operation.method() + " " + operation.path() + " " + nobody);
        }
        assertThat(wrong).isEmpty();
    }

    /** Of the head: what follows may have no end. Names are of nothing that is there. */
    private int status(Operation operation, String token) throws Exception {
        String path = operation.path().replaceAll("\\{n}", "1").replaceAll("\\{digest}", "0".repeat(64)).replaceAll("\\{\\w+}", "none");
        HttpRequest request = request(path, token)
                .method(operation.method().name(), operation.method().name().matches("P.*") ? HttpRequest.BodyPublishers.ofString("{\"no\":1}") : HttpRequest.BodyPublishers.noBody())
                .build();
        HttpResponse<java.io.InputStream> answer = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        answer.body().close();
        return answer.statusCode();
    }

    @Test
    void onLoopbackAnybodyReadsAndTheOwnerDoesAll() throws Exception {
        try (HttpClient plain = HttpClient.newHttpClient()) {
            URI base = URI.create("http://127.0.0.1:" + server.port());
            assertThat(plain.send(HttpRequest.newBuilder(base.resolve("/v1/ps")).build(), HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(200);
            assertThat(plain.send(HttpRequest.newBuilder(base.resolve("/v1/tokens")).build(), HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(401);
        }
        assertThat(api.get("/v1/tokens").status()).isEqualTo(200);
        assertThat(send(request("/v1/tokens", java.nio.file.Files.readString(home.resolve("token")).strip())).status()).isEqualTo(200);
    }

    @Test
    void beyondLoopbackThereIsNothingPlain() throws Exception {
        try (HttpClient plain = HttpClient.newHttpClient()) {
            assertThatThrownBy(() -> plain.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.beyondPort() + "/v1/ping")).build(),
                    HttpResponse.BodyHandlers.ofString())).isInstanceOf(java.io.IOException.class);
        }
    }

    @Test
    void aRefusalSaysWhatWasFoundAndWhatIsNeeded() throws Exception {
        String read = token("viewer", Role.read);

        Api.Answer forbidden = send(request("/v1/stacks/shop/scale", read).POST(HttpRequest.BodyPublishers.ofString("{}")));
        assertThat(forbidden.status()).isEqualTo(403);
        assertThat(forbidden.body().path("title").asString()).isEqualTo("the token viewer has the role read (expected: deploy)");
        assertThat(forbidden.body().path("hint").asString()).contains("concierge token create NAME --role deploy");

        Api.Answer unknown = send(request("/v1/ps", "viewer." + "0".repeat(64)));
        assertThat(unknown.status()).isEqualTo(401);
        assertThat(unknown.body().path("title").asString()).isEqualTo("the token is not one of this installation's");
        assertThat(send(request("/v1/ps", "nobody." + "0".repeat(64))).body()).isEqualTo(unknown.body());

        assertThat(api.delete("/v1/tokens/viewer").status()).isEqualTo(200);
        assertThat(send(request("/v1/ps", read)).body().path("title").asString()).startsWith("the token viewer was revoked at 20");
    }

    @Test
    void whoIsRefusedStandsInTheAuditAndCrowdsOutNobody() throws Exception {
        String read = token("viewer", Role.read);
        send(request("/v1/stacks/shop/scale", read).POST(HttpRequest.BodyPublishers.ofString("{}")));
        send(request("/v1/stacks/shop", "").DELETE());
        send(request("/v1/ps", "viewer." + "0".repeat(64)));
        send(request("/v1/hosts", "").header("Origin", "https://elsewhere.example"));
        await().atMost(Duration.ofSeconds(10)).until(() -> refused().size() == 4);
        assertThat(refused()).extracting(AuditEntry::who, AuditEntry::role, AuditEntry::action, AuditEntry::target, AuditEntry::outcome).containsExactlyInAnyOrder(
                tuple("viewer", Role.read, "scale", "shop", "forbidden: the token viewer has the role read (expected: deploy)"),
                tuple("nobody", null, "down", "shop", "unauthorized: this needs a token"),
                tuple("nobody", null, "GET /v1/ps", "", "unauthorized: the token is not one of this installation's"),
                tuple("nobody", null, "GET /v1/hosts", "", "forbidden: Origin: https://elsewhere.example (expected: https://" + request("/v1/hosts", "").build().uri().getAuthority() + ")"));
        assertThat(refused().getFirst().from()).isEqualTo("127.0.0.1");

        for (int i = 0; i < 50; i++) send(request("/v1/stacks/s" + i, "nobody." + "0".repeat(64)).DELETE());
        await().atMost(Duration.ofSeconds(10)).until(() -> refused().size() >= 10);
        // Twice as many where all of it took longer than a minute.
        assertThat(refused()).hasSizeLessThanOrEqualTo(20);
        assertThat(api.get("/v1/audit").body().toString()).contains("\"action\":\"token create\"").contains("down");
    }

    private List<AuditEntry> refused() {
        return api.store.list(Keys.REFUSED, "", 100, 0).entries().stream().map(entry -> Json.read(entry.value().text(), AuditEntry.class)).toList();
    }

    @Test
    void aTokenEndsWhenItsTimeIsOver() throws Exception {
        String brief = api.post("/v1/tokens", Map.of("name", "brief", "role", "read", "seconds", 1)).body().path("token").asString();

        await().atMost(Duration.ofSeconds(10)).until(() -> send(request("/v1/ps", brief)).status() == 401);

        assertThat(send(request("/v1/ps", brief)).body().path("title").asString()).startsWith("the token brief ended at ");
        assertThat(api.get("/v1/tokens").body().path(0).path("state").asString()).isEqualTo("ended");
        // Its name is free again, and the former text stays refused.
        token("brief", Role.read);
        assertThat(send(request("/v1/ps", brief)).status()).isEqualTo(401);
    }

    @Test
    void whoReadsTheStateLearnsNoToken() {
        String secret = token("ci", Role.deploy);

        String kept = api.store.find(Keys.token("ci")).orElseThrow().value().text();

        assertThat(kept).contains("\"role\":\"deploy\"").doesNotContain(secret.substring(secret.indexOf('.') + 1));
        assertThat(api.get("/v1/tokens").body().toString()).doesNotContain("hash").doesNotContain(secret);
        assertThat(api.get("/v1/info").body().toString()).doesNotContain("hash").doesNotContain("BEGIN");
        assertThat(api.post("/v1/tokens", Map.of("name", "ci", "role", "read")).status()).isEqualTo(409);
    }

    @Test
    void revokingEndsOpenStreamsWithinSeconds() throws Exception {
        String follower = token("follower", Role.read);
        List<String> lines = new CopyOnWriteArrayList<>();
        CompletableFuture<Void> ended = client.sendAsync(request("/v1/events?follow=true", follower).build(), HttpResponse.BodyHandlers.ofLines())
                .thenAccept(answer -> answer.body().forEach(lines::add));
        await().atMost(Duration.ofSeconds(10)).until(() -> !lines.isEmpty());

        api.delete("/v1/tokens/follower");

        await().atMost(Duration.ofSeconds(8)).until(ended::isDone);
        assertThat(String.join("\n", lines)).contains("event: failed").contains("the token follower was revoked");
    }

    @Test
    void revokingEndsACommandThatRunsWithItsReason() throws Exception {
        String deployer = token("deployer", Role.deploy);
        ServiceSpec web = ServiceSpec.of("busybox:stable");
        api.host();
        api.want("shop/default/web", web, 1);
        api.run("shop/default/web/1", web, InstanceState.ready, "");
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        CompletableFuture<Integer> closed = new CompletableFuture<>();
        client.newWebSocketBuilder().header("Authorization", "Bearer " + deployer).buildAsync(
                URI.create("wss://127.0.0.1:" + server.beyondPort() + "/v1/exec/shop/default/web/1?command=cat&stdin=true"), new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
                        told.add(StandardCharsets.UTF_8.decode(data).toString());
                        from.request(1);
                        return null;
                    }

                    @Override
                    public CompletionStage<?> onClose(WebSocket from, int status, String reason) {
                        closed.complete(status);
                        return null;
                    }
                }).get(10, TimeUnit.SECONDS);
        assertThat(told.poll(10, TimeUnit.SECONDS)).as("it runs").isNotNull();

        api.delete("/v1/tokens/deployer");

        assertThat(closed.get(8, TimeUnit.SECONDS)).isEqualTo(WebSocket.NORMAL_CLOSURE);
        assertThat(String.join("\n", told)).contains("the token deployer was revoked");
    }

    @Test
    void anotherNameOrOriginThanTheCertificatesIsRefused() throws Exception {
        String read = token("viewer", Role.read);

        Api.Answer other = send(request("/v1/ps", read).setHeader("Host", "evil.example:8791"));
        assertThat(other.status()).isEqualTo(403);
        assertThat(other.body().path("title").asString()).contains("Host: evil.example:8791 (expected: a name of the server's certificate");
        assertThat(send(request("/v1/ps", read).setHeader("Host", "one")).status()).isEqualTo(200);
        assertThat(send(request("/v1/ps", read).header("Origin", "https://127.0.0.1:" + server.beyondPort())).status()).isEqualTo(200);
        assertThat(send(request("/v1/ps", read).header("Origin", "http://127.0.0.1:" + server.beyondPort())).status()).isEqualTo(403);
    }

    @Test
    void everyChangeStandsInTheAuditAndNoValueDoes() throws Exception {
        String ci = token("ci", Role.deploy);
        api.want("shop/default/web", ServiceSpec.of("nginx"), 2);

        assertThat(send(request("/v1/stacks/shop/scale", ci).POST(HttpRequest.BodyPublishers.ofString("{\"tag\":\"default\",\"service\":\"web\",\"scale\":3}"))).status()).isEqualTo(200);
        assertThat(send(request("/v1/stacks/shop/secrets/password", ci).PUT(HttpRequest.BodyPublishers.ofString("hunter2"))).status()).isEqualTo(200);
        assertThat(send(request("/v1/stacks/shop/env", ci).PUT(HttpRequest.BodyPublishers.ofString("{\"KEY\":\"hunter3\"}"))).status()).isEqualTo(200);
        api.delete("/v1/tokens/ci");

        JsonNode audit = api.get("/v1/audit").body();
        List<String> told = new ArrayList<>();
        audit.forEach(entry -> told.add(entry.path("who").asString().replaceAll("^.* \\(local\\)", "owner") + ": " + entry.path("action").asString() + " "
                + entry.path("target").asString() + ": " + entry.path("outcome").asString()));
        assertThat(told).containsExactly(
                "owner: token create ci: done", "ci: scale shop/default/web to 3: done", "ci: secret set shop/password: done", "ci: env set shop KEY: done", "owner: token revoke ci: done");
        assertThat(audit.path(1).path("from").asString()).startsWith("127.0.0.");
        assertThat(api.store.list(Keys.AUDIT, "", 100, 0).entries().toString()).doesNotContain("hunter");
    }

    @Test
    void theAuditsEntryIsInTheCommitOfItsChange() throws Exception {
        api.want("shop/default/web", ServiceSpec.of("nginx"), 2);

        api.post("/v1/stacks/shop/scale", Map.of("tag", "default", "service", "web", "scale", 3));

        Entry entry = api.store.list(Keys.AUDIT, "", 10, 0).entries().getFirst();
        assertThat(entry.modified()).isEqualTo(api.store.find(Keys.PROC + "shop/default/web").orElseThrow().modified());
        assertThat(Json.read(entry.value().text(), AuditEntry.class).action()).isEqualTo("scale");
    }

    @Test
    void whatWasRefusedBeforeItChangedAnythingIsNoChange() {
        api.post("/v1/stacks/none/scale", Map.of("tag", "default", "service", "web", "scale", 3));

        assertThat(api.get("/v1/audit").body().size()).isZero();
    }

    @Test
    void anEndedCertificateIsRefusedByClientsAndARenewedOneNeedsNoRestart() throws Exception {
        issued = Instant.now().minus(Duration.ofDays(60));
        try (MemoryStore past = new MemoryStore(Instant::now)) {
            Authority old = Authority.ensure(past, SecretKey.open(home.resolve("old.key")), INSTALLATION, () -> issued);
            Identity ended = Identity.open(home.resolve("old"), old, new Member(INSTALLATION, Member.Role.server, "one"), Set.of("127.0.0.1"));
            try (ApiServer late = ApiServer.start("127.0.0.1", 0, Optional.of(new ApiServer.Beyond("127.0.0.1", 0, ended)), api.parts);
                    HttpClient trusting = HttpClient.newBuilder().sslContext(trusting(old)).build()) {
                HttpRequest ping = HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + late.beyondPort() + "/v1/ping")).build();
                assertThatThrownBy(() -> trusting.send(ping, HttpResponse.BodyHandlers.ofString())).isInstanceOf(SSLException.class);

                issued = Instant.now();

                assertThat(trusting.send(ping, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(200);
            }
        }
    }
}
