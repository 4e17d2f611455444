package concierge.server;

import static org.awaitility.Awaitility.await;

import concierge.json.Json;
import concierge.model.Assignment;
import concierge.model.ExecutorKind;
import concierge.model.HostRecord;
import concierge.model.InstanceId;
import concierge.model.InstanceState;
import concierge.model.Intent;
import concierge.model.Resources;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.StackRecord;
import concierge.model.Status;
import concierge.security.Token;
import concierge.server.change.Secrets;
import concierge.server.events.Chronicle;
import concierge.server.events.EventLog;
import concierge.server.home.ServerHome;
import concierge.server.router.Acks;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.state.LiveView;
import concierge.state.Writes;
import concierge.store.CommitResult;
import concierge.store.Condition;
import concierge.store.Store;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A real API over a memory store on a port of its own, and the writes of leader and agent by hand. */
final class Api implements AutoCloseable {
    static final String HOST = "here";
    static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");

    final Store store;
    final LiveView live;
    final FakeExecutor executor = new FakeExecutor();
    final MemoryBlobs blobs = new MemoryBlobs();
    final FakeImages images = new FakeImages();
    final Acks acks = new Acks();
    final EventLog events;
    final Secrets secrets;
    final AtomicReference<Condition> condition = new AtomicReference<>(new Condition.Well());
    final AtomicReference<Optional<concierge.server.queue.QueueCalls>> queue = new AtomicReference<>(Optional.empty());
    final AtomicBoolean stopped = new AtomicBoolean();
    final HttpClient client = HttpClient.newHttpClient();
    /** Besides the usual. */
    final Map<String, String> settings = new java.util.concurrent.ConcurrentHashMap<>();
    private final concierge.state.Followed tokens;
    final ApiParts parts;
    final ApiServer server;
    private final String token;
    private final AtomicLong commits = new AtomicLong();

    private final Path home;

    Api(Path home) throws Exception {
        this(home, new MemoryStore(InstantSource.system()));
        commit(to -> to.put(Keys.INSTALLATION, "inst"));
    }

    /** One of several servers of a store. */
    Api(Path home, Store store) throws Exception {
        this.home = home;
        this.store = store;
        live = new LiveView(store);
        events = EventLog.open(home.resolve("events.jsonl"));
        live.subscribe(new Chronicle(events, store, InstantSource.system()));
        Token opened = Token.open(home.resolve("token"));
        token = Files.readString(home.resolve("token")).strip();
        ServerHome.Announcement announcement = new ServerHome.Announcement(
                42, "inst", "http://127.0.0.1:8791", "http://127.0.0.1:8080", AT.toString(), home.toString(), Optional.of(new ServerHome.Network("https://10.0.0.1:8791", "sha256:ab")), "build-1");
        secrets = new Secrets(store, home.resolve("secrets.key"), InstantSource.system());
        tokens = new concierge.state.Followed(store, concierge.state.Keys.TOKENS);
        parts = new ApiParts(
                Set.of(), opened, "0.1.0", "inst", HOST, store, tokens::find, condition::get, live, java.util.function.UnaryOperator.identity(), List.of(executor), java.util.Optional.empty(), blobs, images, secrets, home.resolve("sites"), events, acks,
                () -> announcement, this::shown,
                types(), queue::get, Optional::empty, () -> stopped.set(true), InstantSource.system());
        server = ApiServer.start("127.0.0.1", 0, Optional.empty(), parts);
    }

    private static concierge.source.portier.TaskTypes types() {
        return switch (concierge.source.portier.TaskTypes.read(Map.of("clock", Map.of("image", "clock:1")), new concierge.model.Origin.Table(Map.of("clock.image", concierge.model.Origin.in(new concierge.model.Location("defaults.yaml", 3, 5))), Map.of()))) {
            case concierge.model.Parsed.Good<concierge.source.portier.TaskTypes>(var types, var _) -> types;
            case concierge.model.Parsed.Bad<concierge.source.portier.TaskTypes> bad -> throw new AssertionError(bad.problems());
        };
    }

    private List<concierge.config.Configuration.Shown> shown() {
        List<concierge.config.Configuration.Shown> all = new java.util.ArrayList<>(List.of(new concierge.config.Configuration.Shown("api.port", 8791, "default", 8791, "port")));
        settings.forEach((key, value) -> all.add(new concierge.config.Configuration.Shown(key, value, "environment", "", "")));
        return all;
    }

    Path home() {
        return home;
    }

    record Answer(int status, JsonNode body) {
        String code() {
            return body.path("code").asString("");
        }
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path)).header("Authorization", "Bearer " + token);
    }

    Answer get(String path) {
        return send(request(path).build());
    }

    Answer post(String path, Object body) {
        return send(request(path).POST(HttpRequest.BodyPublishers.ofString(body instanceof String text ? text : Json.write(body))).build());
    }

    Answer put(String path, Object body) {
        return send(request(path).PUT(HttpRequest.BodyPublishers.ofString(Json.write(body))).build());
    }

    Answer put(String path, byte[] body) {
        return send(request(path).PUT(HttpRequest.BodyPublishers.ofByteArray(body)).build());
    }

    Answer delete(String path) {
        return send(request(path).DELETE().build());
    }

    private Answer send(HttpRequest request) {
        try {
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            return new Answer(answer.statusCode(), Json.mapper().readTree(answer.body()));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Server-sent events, read as they come. */
    final class Events implements AutoCloseable {
        private final BufferedReader lines;

        Events(HttpRequest request) throws Exception {
            var answer = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            if (answer.statusCode() != 200) throw new AssertionError(answer.statusCode() + " " + new String(answer.body().readAllBytes(), StandardCharsets.UTF_8));
            lines = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
        }

        record Event(String name, JsonNode data) {}

        /** The next event; null at the end. */
        @Nullable Event next() throws IOException {
            String name = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("event: ")) name = line.substring(7);
                if (line.startsWith("data: ")) return new Event(name, Json.mapper().readTree(line.substring(6)));
            }
            return null;
        }

        @Override
        public void close() throws IOException {
            lines.close();
        }
    }

    Events events(String path) throws Exception {
        return new Events(request(path).build());
    }

    Events events(String path, Object body) throws Exception {
        return new Events(request(path).POST(HttpRequest.BodyPublishers.ofString(Json.write(body))).build());
    }

    long commit(Consumer<Transaction.Builder> writes) {
        Transaction.Builder to = Transaction.id("test-" + home + "-" + commits.incrementAndGet());
        writes.accept(to);
        if (store.commit(to.build()) instanceof CommitResult.Committed(long revision)) return revision;
        throw new AssertionError("conflict");
    }

    /** Commits and waits until the view has it. */
    long settle(Consumer<Transaction.Builder> writes) {
        long revision = commit(writes);
        await().until(() -> live.view().revision() >= revision);
        return revision;
    }

    void host() {
        host(HOST, Set.of(ExecutorKind.docker), List.of());
    }

    /** The host is there, without its engine. */
    void engineAway(String remark) {
        host(HOST, Set.of(), List.of(remark));
    }

    /** A further host, with Docker. */
    void host(String name) {
        host(name, Set.of(ExecutorKind.docker), List.of());
    }

    private void host(String name, Set<ExecutorKind> executors, List<String> remarks) {
        HostRecord record = new HostRecord(name, List.of("127.0.0.1"), Set.of("db"), new Resources(4000, 8L << 30), executors, false, false, "", remarks);
        settle(to -> to.put(Keys.host(name), Codec.value(record)));
    }

    /** Intent for a service, as a deployment leaves it. */
    void want(String service, ServiceSpec spec, int scale) {
        ServiceId id = ServiceId.parse(service);
        settle(to -> {
            Writes.spec(to, spec);
            Writes.intent(to, id, Intent.of(Codec.digest(spec), scale, "0000000001"));
            Writes.stack(to, new StackRecord(id.stack(), "a comment", List.of(), id.tag(),
                    new TreeMap<>(Map.of(id.tag(), concierge.model.Digest.of("file")))));
        });
    }

    /** Places an instance and reports a state, as leader and agent do. */
    long run(String path, ServiceSpec spec, InstanceState state, String reason) {
        InstanceId id = InstanceId.parse(path);
        long generation = settle(to -> Writes.place(to, new Assignment(
                id, HOST, Codec.digest(spec), ExecutorKind.docker, 0, new TreeMap<>(), Assignment.Desired.run, RunKind.FOREVER, "0000000001"), false));
        report(path, generation, state, reason);
        return generation;
    }

    void report(String path, long generation, InstanceState state, String reason) {
        InstanceId id = InstanceId.parse(path);
        settle(to -> {
            Writes.status(to, HOST, id, Status.of(generation, state, AT, reason));
            Writes.container(to, HOST, id, id.containerName());
        });
    }

    void release(String path, long generation) {
        settle(to -> Writes.release(to, InstanceId.parse(path), HOST, generation, List.of()));
    }

    @Override
    public void close() {
        server.close();
        live.close();
        tokens.close();
        store.close();
        client.close();
    }
}
