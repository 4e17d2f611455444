package concierge.server;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.Deployment;
import concierge.model.InstanceState;
import concierge.model.ServiceSpec;
import concierge.security.Token;
import concierge.server.home.ServerHome;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.store.Condition;
import concierge.store.GatedStore;
import concierge.store.StoreException;
import concierge.store.memory.MemoryStore;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the API says while the store does not answer: what it saw last, and that it is that. */
class StoreAwayTest {
    private static final Instant SINCE = Instant.now().minusSeconds(12);
    private static final String REASON = "etcd://10.0.0.1:2379/shop: no answer from 10.0.0.1:2379 (Connection refused)";

    @TempDir
    Path home;

    private final AtomicBoolean away = new AtomicBoolean();
    private final MemoryStore memory = new MemoryStore(InstantSource.system());
    private Api api;

    @BeforeEach
    void open() throws Exception {
        api = new Api(home, new GatedStore(() -> {
            if (away.get()) throw new StoreException.Away(REASON);
            return memory;
        }));
        api.commit(to -> to.put(Keys.INSTALLATION, "inst"));
        ServiceSpec spec = ServiceSpec.of("nginx");
        api.host();
        api.want("shop/default/web", spec, 1);
        api.run("shop/default/web/1", spec, InstanceState.ready, "");
        api.settle(to -> to.put(Keys.deployment("shop", "000001"), Codec.value(new Deployment(
                "shop", "000001", "default", List.of(), Deployment.Outcome.failed, "web crashes", SINCE.getEpochSecond()))));
        away.set(true);
        api.condition.set(new Condition.Away(SINCE, REASON));
    }

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void showsWhatWasSeenLastAndFromWhenThatIs() throws Exception {
        Api.Answer ps = api.get("/v1/ps");
        assertThat(ps.status()).as(ps.body().toString()).isEqualTo(200);
        assertThat(ps.body().at("/instances/0/instance").asString()).isEqualTo("shop/default/web/1");
        assertThat(ps.body().at("/deployments/0/reason").asString()).as("also what is over").isEqualTo("web crashes");
        String asOf = ps.body().path("asOf").asString();
        assertThat(Instant.parse(asOf)).isEqualTo(SINCE.truncatedTo(java.time.temporal.ChronoUnit.SECONDS));
        assertThat(ps.body().at("/remarks/0").asString()).contains("the store has not answered for 1").contains("how it was at " + asOf).contains(REASON);
        assertThat(api.get("/v1/hosts").body().at("/0/asOf").asString()).isEqualTo(asOf);
        assertThat(api.get("/v1/hosts").body().at("/0/remarks").isEmpty()).as("it is nothing of that host's").isTrue();
        assertThat(api.get("/v1/version").body().at("/remarks/0").asString()).contains(REASON);
        for (String path : List.of("/v1/hosts", "/v1/stack/shop", "/v1/deployments/shop", "/v1/instances/shop/default/web/1")) {
            HttpResponse<String> answer = api.client.send(api.request(path).build(), HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(path + answer.body()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Concierge-As-Of")).as(path).contains(asOf);
        }
        try (Api.Events events = api.events("/v1/events")) {
            assertThat(events.next()).isNotNull();
        }
    }

    @Test
    void whatNeedsTheStoreIsRefusedWithTheReason() {
        for (Api.Answer answer : List.of(
                api.post("/v1/stacks/shop/scale", Map.of("service", "web", "scale", 2)), api.delete("/v1/stacks/shop"),
                api.post("/v1/hosts/" + Api.HOST + "/cordon", Map.of("drain", true)), api.get("/v1/info"))) {
            assertThat(answer.status()).as(answer.body().toString()).isEqualTo(503);
            assertThat(answer.code()).isEqualTo("store-unavailable");
            assertThat(answer.body().path("detail").asString()).isEqualTo(REASON);
            assertThat(answer.body().path("hint").asString()).contains("nothing was changed");
        }
    }

    @Test
    void whenItAnswersAgainAllIsAsBefore() throws Exception {
        away.set(false);
        api.condition.set(new Condition.Well());
        HttpResponse<String> answer = api.client.send(api.request("/v1/ps").build(), HttpResponse.BodyHandlers.ofString());
        assertThat(answer.headers().firstValue("Concierge-As-Of")).isEmpty();
        assertThat(answer.body()).doesNotContain("asOf").contains("\"remarks\":[]");
        assertThat(api.post("/v1/hosts/" + Api.HOST + "/cordon", Map.of("drain", true)).status()).isEqualTo(200);
    }

    @Test
    void aServerWhoseStoreHasNotAnsweredYetSaysWhyAndCanBeStopped() throws Exception {
        Path fresh = Files.createDirectory(home.resolve("fresh"));
        Token token = Token.open(fresh.resolve("token"));
        ServerHome.Announcement announcement = new ServerHome.Announcement(42, "waiting-1", "", "", SINCE.toString(), fresh.toString(), Optional.empty(), "build-1");
        CountDownLatch stopped = new CountDownLatch(1);
        Waiting waiting = new Waiting(token, "0.1.0", () -> new Waiting.Why(Waiting.What.store, REASON), () -> announcement, List::of, stopped::countDown, InstantSource.system());
        try (ApiServer server = ApiServer.start("127.0.0.1", 0, waiting); HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest.Builder request = HttpRequest.newBuilder().header("Authorization", "Bearer " + Files.readString(fresh.resolve("token")).strip());
            String base = "http://127.0.0.1:" + server.port();
            HttpResponse<String> ping = client.send(request.copy().uri(URI.create(base + "/v1/ping")).build(), HttpResponse.BodyHandlers.ofString());
            assertThat(ping.statusCode()).isEqualTo(200);
            assertThat(ping.headers().firstValue("Concierge-Installation")).contains("waiting-1");
            HttpResponse<String> ps = client.send(request.copy().uri(URI.create(base + "/v1/ps")).build(), HttpResponse.BodyHandlers.ofString());
            assertThat(ps.statusCode()).isEqualTo(503);
            assertThat(ps.body()).contains("store-unavailable").contains("waits for the store").contains(REASON);
            HttpResponse<String> version = client.send(request.copy().uri(URI.create(base + "/v1/version")).build(), HttpResponse.BodyHandlers.ofString());
            assertThat(version.body()).contains("\"waiting\":\"the store: " + REASON);
            HttpRequest stop = request.copy().uri(URI.create(base + "/v1/server/stop")).POST(HttpRequest.BodyPublishers.noBody()).build();
            assertThat(client.send(stop, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(200);
            assertThat(stopped.await(5, TimeUnit.SECONDS)).isTrue();
        }
    }
}
