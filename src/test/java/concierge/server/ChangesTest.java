package concierge.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import concierge.model.InstanceId;
import concierge.model.InstanceState;
import concierge.model.Intent;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.Site;
import concierge.server.events.Chronicle;
import concierge.server.events.EventLog;
import concierge.server.http.ExecSocket;
import concierge.state.Codec;
import concierge.state.Keys;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Changes by hand, one-offs, output, commands, events, acknowledgements. */
@Timeout(60)
class ChangesTest {
    private static final ServiceSpec WEB = ServiceSpec.of("nginx");

    @TempDir
    Path home;

    private Api api;

    @BeforeEach
    void start() throws Exception {
        api = new Api(home);
        api.host();
        api.want("shop/default/web", WEB, 2);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private Intent intent(String service) {
        return Codec.intent(api.store.find(Keys.proc(ServiceId.parse(service))).orElseThrow().value());
    }

    @Test
    void aResetTellsOfWhatGoesAndWhatStaysOnEachHost() {
        api.executor.volumes.put("shop", new java.util.ArrayList<>(List.of("data")));
        assertThat(api.post("/v1/reset", Map.of("volumes", false)).body().path("hosts").toString()).isEqualTo("[{\"host\":\"here\",\"removed\":[\"network\"],\"kept\":[]}]");
        assertThat(api.post("/v1/reset", Map.of("volumes", true)).body().at("/hosts/0/removed").toString()).isEqualTo("[\"network\",\"data\"]");
        api.executor.available = false;
        assertThat(api.post("/v1/reset", Map.of("volumes", true)).body().at("/hosts/0/kept")).as("nothing was built").isEmpty();
        api.commit(to -> to.put("/images/shop/default/app", "concierge/shop-app:1"));
        assertThat(api.post("/v1/reset", Map.of("volumes", true)).body().at("/hosts/0/kept").toString()).isEqualTo("[\"docker: nothing answers at fake.sock\"]");
    }

    @Test
    void scaleStopStartAndRestartChangeTheIntent() {
        assertThat(api.post("/v1/stacks/shop/scale", Map.of("service", "web", "scale", 4)).status()).isEqualTo(200);
        assertThat(intent("shop/default/web").wanted()).isEqualTo(4);
        api.post("/v1/stacks/shop/scale", Map.of("service", "web", "reset", true));
        assertThat(intent("shop/default/web").wanted()).isEqualTo(2);
        api.post("/v1/stacks/shop/stop", "{}");
        assertThat(intent("shop/default/web").wanted()).isZero();
        api.post("/v1/stacks/shop/start", "{}");
        api.post("/v1/stacks/shop/restart", Map.of("service", "web"));
        assertThat(intent("shop/default/web").epoch()).isEqualTo(1);
        assertThat(api.post("/v1/stacks/shop/scale", Map.of("service", "web", "scale", -1)).status()).isEqualTo(400);
        assertThat(api.post("/v1/stacks/shop/scale", Map.of("service", "web", "scale", 1.5)).body().path("title").asString())
                .isEqualTo("scale: the number 1.5 (expected: a whole number)");
        assertThat(api.post("/v1/stacks/shop/scale", Map.of("service", "wbe", "scale", 1)).body().path("hint").asString()).isEqualTo("did you mean shop/web?");
        assertThat(api.post("/v1/stacks/shop/scale", Map.of("service", "queue", "scale", 1)).body().path("hint").asString()).isEqualTo("known: web");
        assertThat(api.post("/v1/stacks/shop/scale", Map.of("tag", "defalt", "service", "web", "scale", 1)).body().path("hint").asString())
                .isEqualTo("did you mean shop/default?");
    }

    @Test
    void aTaskOfAQueueRunsOnceWhateverIsAsked() {
        api.want("portier/clock/t1", WEB, 1);
        Api.Answer scaled = api.post("/v1/stacks/portier/scale", Map.of("tag", "clock", "service", "t1", "scale", 3));
        assertThat(scaled.status()).isEqualTo(400);
        assertThat(scaled.body().path("title").asString()).isEqualTo("portier/t1: a task of a queue, which runs once (expected: a service of a stack file)");
        assertThat(intent("portier/clock/t1").wanted()).isEqualTo(1);
    }

    @Test
    void aSiteIsStoppedAndStartedButNeitherScaledNorRestarted() {
        api.want("shop/default/help", ServiceSpec.of("x").with().domains(List.of("help.localhost")).site(new Site("./www", Optional.empty())).build(), 1);
        Api.Answer scaled = api.post("/v1/stacks/shop/scale", Map.of("service", "help", "scale", 2));
        assertThat(scaled.status()).isEqualTo(400);
        assertThat(scaled.body().path("title").asString()).isEqualTo("shop/default/help: a static site (expected: a service that runs)");
        assertThat(api.post("/v1/stacks/shop/restart", Map.of("service", "help")).body().path("title").asString())
                .isEqualTo("shop/default/help: a static site (expected: a service that runs)");
        assertThat(api.post("/v1/stacks/shop/restart", "{}").status()).as("a whole stack's sites have no part in it").isEqualTo(200);
        await().until(() -> api.get("/v1/ps?stack=shop").body().path("sites").size() == 1);
        api.post("/v1/stacks/shop/stop", Map.of("service", "help"));
        await().until(() -> api.get("/v1/ps?stack=shop").body().path("sites").isEmpty());
        assertThat(api.get("/v1/ps?stack=shop").body().at("/idle/0/service").asString()).isEqualTo("help");
    }

    @Test
    void downWaitsUntilTheInstancesAreGone() {
        long generation = api.run("shop/default/web/1", WEB, InstanceState.ready, "");
        CompletableFuture<Api.Answer> down = CompletableFuture.supplyAsync(() -> api.delete("/v1/stacks/shop"));
        await().until(() -> api.store.find(Keys.proc(ServiceId.parse("shop/default/web"))).isEmpty());
        assertThat(down).isNotDone();
        api.release("shop/default/web/1", generation);
        assertThat(down.join().body().path("services").path(0).asString()).isEqualTo("shop/default/web");
        assertThat(api.store.find(Keys.stack("shop"))).isEmpty();
    }

    @Test
    void downKeepsVolumesUnlessToldToRemoveThemAndCanDoSoLater() {
        api.executor.volumes.put("shop", List.of("data"));
        assertThat(api.delete("/v1/stacks/shop").body().path("volumes")).isEmpty();
        assertThat(api.executor.volumes).containsKey("shop");
        api.settle(to -> to.put(Keys.fixed(InstanceId.parse("shop/default/web/1")), Api.HOST));
        Api.Answer later = api.delete("/v1/stacks/shop?volumes=true");
        assertThat(later.body().path("volumes").path(0).asString()).isEqualTo("data");
        assertThat(api.store.find(Keys.fixed(InstanceId.parse("shop/default/web/1")))).as("without data nothing binds it").isEmpty();
        assertThat(api.delete("/v1/stacks/shop?volumes=true").status()).as("there is nothing of it at all").isEqualTo(404);
    }

    @Test
    void volumesOfAnEngineThatIsAwayAreKeptAndTold() {
        long generation = api.run("shop/default/web/1", WEB, InstanceState.ready, "");
        api.executor.available = false;
        CompletableFuture<Api.Answer> down = CompletableFuture.supplyAsync(() -> api.delete("/v1/stacks/shop?volumes=true"));
        await().until(() -> api.store.find(Keys.proc(ServiceId.parse("shop/default/web"))).isEmpty());
        api.release("shop/default/web/1", generation);
        assertThat(down.join().body().path("warnings").path(0).asString()).contains("volumes on docker").contains("fake.sock");
    }

    @Test
    void removingAServiceTakesItOutOfThePrimaryTagOnly() {
        api.want("shop/beside/web", WEB, 1);
        api.want("shop/default/web", WEB, 2);
        assertThat(api.delete("/v1/stacks/shop/services/web").body().path("services")).hasSize(1);
        assertThat(api.store.find(Keys.proc(ServiceId.parse("shop/beside/web")))).isPresent();
    }

    @Test
    void aOneOffRunsToCompletionWithoutPorts() {
        Api.Answer run = api.post("/v1/stacks/shop/run", Map.of("service", "web", "command", List.of("ls"), "deadline", "PT10S"));
        String instance = run.body().path("instance").asString();
        assertThat(instance).matches("shop/default/web-run-[0-9a-f]{6}/1");
        assertThat(intent(instance.substring(0, instance.length() - 2)).kind()).isEqualTo(new RunKind.ToCompletion(0, java.util.Optional.of(Duration.ofSeconds(10))));
        assertThat(api.get("/v1/instances/" + instance).body().path("state").asString()).isEqualTo("pending");
    }

    @Test
    void oneOffsDoNotCountAmongAStacksServices() {
        tools.jackson.databind.JsonNode before = api.get("/v1/stacks").body();
        Api.Answer run = api.post("/v1/stacks/shop/run", Map.of("service", "web", "command", List.of("ls")));
        ServiceId oneOff = InstanceId.parse(run.body().path("instance").asString()).service();
        await().until(() -> api.live.view().service(oneOff).isPresent());
        assertThat(api.get("/v1/stacks").body()).isEqualTo(before);
    }

    @Test
    void environmentNeedsTheTokenAndMayComeFirst() throws Exception {
        assertThat(api.put("/v1/stacks/later/env", Map.of("KEY", "value")).status()).isEqualTo(200);
        assertThat(api.get("/v1/stacks/later/env").body().path("KEY").asString()).isEqualTo("value");
        var bare = java.net.http.HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + api.server.port() + "/v1/stacks/later/env")).build();
        assertThat(api.client.send(bare, java.net.http.HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(401);
        assertThat(api.put("/v1/stacks/later/env", Map.of("1X", "value")).status()).isEqualTo(400);
        assertThat(api.put("/v1/stacks/later/env", Map.of("X", "a\0b")).body().path("title").asString()).startsWith("X: with a NUL character");
        assertThat(api.delete("/v1/stacks/later/env/KEY").status()).isEqualTo(200);
        assertThat(api.delete("/v1/stacks/later/env/KEY").status()).isEqualTo(404);
    }

    @Test
    void logsOfSeveralInstancesComeInOrderOfTime() throws Exception {
        api.run("shop/default/web/1", WEB, InstanceState.ready, "");
        api.run("shop/default/web/2", WEB, InstanceState.ready, "");
        for (int i = 0; i < 6; i++) api.executor.say("shop/default/web/" + (1 + i % 2), Api.AT.plusSeconds(i), "line " + i);
        try (Api.Events events = api.events("/v1/logs?stack=shop")) {
            for (int i = 0; i < 6; i++) assertThat(events.next().data().path("text").asString()).isEqualTo("line " + i);
            assertThat(events.next()).isNull();
        }
        try (Api.Events events = api.events("/v1/logs?stack=shop&follow=true")) {
            for (int i = 0; i < 6; i++) assertThat(events.next().data().path("text").asString()).startsWith("line");
            api.executor.say("shop/default/web/1", Api.AT.plusSeconds(9), "new");
            assertThat(events.next().data().path("text").asString()).isEqualTo("new");
        }
    }

    @Test
    void anEngineThatItsHostFoundAwayIsNotAskedAndTheReasonTold() throws Exception {
        api.run("shop/default/web/1", WEB, InstanceState.ready, "");
        api.executor.say("shop/default/web/1", Api.AT, "never read");
        api.engineAway("docker is away: it hangs");
        try (Api.Events events = api.events("/v1/logs?stack=shop")) {
            assertThat(events.next().data().path("text").asString()).isEqualTo("(its output is out of reach: host here: docker is away: it hangs)");
            assertThat(events.next()).isNull();
        }
    }

    @Test
    void anEngineThatIsAwayIsOneEventOfItsHostAndNoneOfEachInstance() throws Exception {
        EventLog log = EventLog.open(home.resolve("seen.jsonl"));
        Chronicle chronicle = new Chronicle(log, api.store, Instant::now);
        long generation = api.run("shop/default/web/1", WEB, InstanceState.ready, "");
        chronicle.accept(api.live.view());
        api.engineAway("docker is away: it hangs");
        api.report("shop/default/web/1", generation, InstanceState.ready, "docker is away: it hangs");
        chronicle.accept(api.live.view());
        api.host();
        api.report("shop/default/web/1", generation, InstanceState.ready, "");
        chronicle.accept(api.live.view());
        api.report("shop/default/web/1", generation, InstanceState.ready, "health: 500 of http:/");
        chronicle.accept(api.live.view());

        assertThat(log.read(0).events()).extracting(event -> event.subject() + " " + event.text()).containsExactly(
                "here can run now: nothing; docker is away: it hangs", "here can run now: docker", "shop/default/web/1 ready: health: 500 of http:/");
    }

    @Test
    void followingGoesOnOverRestartsAndReplacementsAndSaysNothingTwice() throws Exception {
        String path = "shop/default/web/1";
        long generation = api.run(path, WEB, InstanceState.ready, "");
        api.executor.say(path, Api.AT.plusSeconds(1), "first");
        for (String query : List.of("stack=shop", "stack=shop&tail=5", "instance=" + path)) {
            try (Api.Events events = api.events("/v1/logs?follow=true&" + query)) {
                assertThat(events.next().data().path("text").asString()).isEqualTo("first");
            }
        }
        try (Api.Events events = api.events("/v1/logs?follow=true&instance=" + path)) {
            assertThat(events.next().data().path("text").asString()).isEqualTo("first");
            api.executor.end(path);
            api.executor.say(path, Api.AT.plusSeconds(2), "started in place");
            assertThat(events.next().data().path("text").asString()).isEqualTo("started in place");
            api.executor.end(path);
            api.report(path, generation, InstanceState.stopped, "");
            api.release(path, generation);
            api.run(path, WEB, InstanceState.ready, "");
            api.executor.say(path, Api.AT.plusSeconds(3), "replaced");
            assertThat(events.next().data().path("text").asString()).isEqualTo("replaced");
        }
    }

    @Test
    void oneThatNeverPausesDoesNotHideWhatBegins() throws Exception {
        api.run("shop/default/web/1", WEB, InstanceState.ready, "");
        java.util.concurrent.atomic.AtomicBoolean enough = new java.util.concurrent.atomic.AtomicBoolean();
        Thread chatter = Thread.ofVirtual().start(() -> {
            while (!enough.get()) {
                api.executor.say("shop/default/web/1", Instant.now(), "tick");
                java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
            }
        });
        try (Api.Events events = api.events("/v1/logs?follow=true&stack=shop")) {
            assertThat(events.next().data().path("text").asString()).isEqualTo("tick");
            api.run("shop/default/web/2", WEB, InstanceState.ready, "");
            api.executor.say("shop/default/web/2", Instant.now(), "new");
            while (!events.next().data().path("text").asString().equals("new")) continue;
        } finally {
            enough.set(true);
            chatter.join();
        }
    }

    @Test
    void execPassesInputOutputAndExitCode() throws Exception {
        api.run("shop/default/web/1", WEB, InstanceState.ready, "");
        assertThat(converse("/v1/exec/shop/default/web/1?command=cat&stdin=true", "hello")).isEqualTo("cat\nhello{\"exit\":7}");
    }

    @Test
    void attachPassesInputOutputAndExitCodeOfTheInstanceItself() throws Exception {
        api.run("shop/default/web/1", WEB, InstanceState.ready, "");
        assertThat(converse("/v1/attach/shop/default/web/1?columns=90&rows=20", "hello")).isEqualTo("attached 90x20\nhello{\"exit\":7}");
    }

    /** Sends text and the end of input; what came to standard output, and the last control message. */
    private String converse(String path, String text) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CompletableFuture<String> control = new CompletableFuture<>();
        String token = java.nio.file.Files.readString(home.resolve("token")).strip();
        WebSocket socket = api.client.newWebSocketBuilder().header("Authorization", "Bearer " + token).buildAsync(
                URI.create("ws://127.0.0.1:" + api.server.port() + path), new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
                        byte channel = data.get();
                        byte[] rest = new byte[data.remaining()];
                        data.get(rest);
                        if (channel == ExecSocket.STDOUT) out.writeBytes(rest);
                        if (channel == ExecSocket.CONTROL) control.complete(new String(rest));
                        from.request(1);
                        return null;
                    }
                }).get(10, TimeUnit.SECONDS);
        socket.sendBinary(ByteBuffer.wrap(("\0" + text).getBytes()), true).get(10, TimeUnit.SECONDS);
        socket.sendBinary(ByteBuffer.wrap("\3{\"eof\":true}".getBytes()), true).get(10, TimeUnit.SECONDS);
        String ending = control.get(10, TimeUnit.SECONDS);
        return out + ending;
    }

    @Test
    void aOneOffWithATerminalIsPlacedWhereItCanBeConnected() {
        api.host();
        api.want("shop/default/web", WEB, 1);
        Api.Answer piped = api.post("/v1/stacks/shop/run", Map.of("service", "web", "command", List.of("cat"), "stdin", true));
        assertThat(piped.body().path("attach").asBoolean()).isTrue();
        assertThat(spec(piped).takesInput()).isTrue();
        Api.Answer typed = api.post("/v1/stacks/shop/run", Map.of("service", "web", "command", List.of("sh"), "tty", true));
        assertThat(typed.body().path("attach").asBoolean()).isTrue();
        assertThat(spec(typed).takesInput()).isTrue();
        assertThat(spec(typed).options().arguments()).containsExactly("--tty");
        Api.Answer silent = api.post("/v1/stacks/shop/run", Map.of("service", "web", "command", List.of("cat")));
        assertThat(silent.body().path("attach").asBoolean()).isFalse();
        api.want("shop/default/worker", WEB.with().executors(List.of(concierge.model.ExecutorKind.process)).build(), 1);
        Api.Answer refused = api.post("/v1/stacks/shop/run", Map.of("service", "worker", "command", List.of("sh"), "tty", true));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body().toString()).contains("no terminal");
        Api.Answer left = api.post("/v1/stacks/shop/run", Map.of("service", "worker", "command", List.of("cat"), "stdin", true));
        assertThat(left.body().path("attach").asBoolean()).isFalse();
    }

    private ServiceSpec spec(Api.Answer started) {
        concierge.model.ServiceId id = concierge.model.InstanceId.parse(started.body().path("instance").asString()).service();
        Intent intent = Codec.intent(api.store.find(Keys.proc(id)).orElseThrow().value());
        return Codec.spec(api.store.find(Keys.spec(intent.spec())).orElseThrow().value());
    }

    @Test
    void whatHappensIsToldAndSurvivesARestart() throws Exception {
        api.run("shop/default/web/1", WEB, InstanceState.failed, "exit code 3");
        await().until(() -> api.events.read(0).events().stream().anyMatch(event -> event.text().contains("exit code 3")));
        EventLog again = EventLog.open(home.resolve("events.jsonl"));
        assertThat(again.read(0).events()).anyMatch(event -> event.subject().equals("shop/default/web/1") && event.level().equals("error"));
        try (Api.Events events = api.events("/v1/events?stack=shop")) {
            assertThat(events.next().name()).isEqualTo("event");
        }
    }

    @Test
    void agentsWaitForTheRoutersThatAreThere() throws Exception {
        api.acks.await(5, Duration.ofMinutes(1));
        api.post("/v1/routes/ack", Map.of("router", "one", "revision", 4));
        CompletableFuture<Void> waiting = CompletableFuture.runAsync(() -> {
            try {
                api.acks.await(5, Duration.ofMinutes(1));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        api.acks.await(5, Duration.ofMillis(50));
        assertThat(waiting).isNotDone();
        api.post("/v1/routes/ack", Map.of("router", "one", "revision", 6));
        waiting.get(10, TimeUnit.SECONDS);
    }
}
