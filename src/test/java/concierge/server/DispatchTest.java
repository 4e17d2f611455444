package concierge.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import concierge.json.Json;
import concierge.security.Token;
import concierge.security.access.Audit;
import concierge.security.access.Role;
import concierge.security.access.Tokens;
import concierge.server.http.Access;
import concierge.server.http.ApiLimits;
import concierge.server.http.Dispatch;
import concierge.server.http.Guard;
import concierge.server.http.Operation;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import concierge.store.memory.MemoryStore;
import io.vertx.core.http.HttpMethod;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The HTTP side alone, with operations that only this test knows, against clients of bad will. */
class DispatchTest {
    private static final String HOST = "Host: 127.0.0.1";

    @TempDir
    Path home;

    private MemoryStore store;
    private ApiServer server;
    private String token;
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final AtomicBoolean dropped = new AtomicBoolean();
    private final HttpClient client = HttpClient.newHttpClient();

    record Sample(String name, int count) {}

    @BeforeEach
    void start() throws Exception {
        Token opened = Token.open(home.resolve("token"));
        token = Files.readString(home.resolve("token")).strip();
        List<Operation> operations = List.of(
                Operation.get("/v1/hello", _ -> Map.of("hello", "world")),
                Operation.get("/v1/stack/{stack}", exchange -> List.of(exchange.stack())),
                Operation.get("/v1/bug", _ -> {
                    throw new IllegalStateException("a secret detail");
                }),
                Operation.post("/v1/hello", exchange -> exchange.body(Sample.class)),
                Operation.stream("/v1/endless", (_, events) -> {
                    events.open();
                    try {
                        release.await();
                    } catch (InterruptedException e) {
                        interrupted.countDown();
                        throw e;
                    }
                }),
                Operation.work("/v1/work", (_, events) -> events.send("step", "done")),
                Operation.stream("/v1/flood", (_, events) -> {
                    String text = "x".repeat(100_000);
                    while (events.send("noise", text)) Thread.onSpinWait();
                    dropped.set(true);
                }),
                Operation.stream("/v1/late-refusal", (_, events) -> {
                    events.send("step", "one");
                    throw Refusal.of(Code.conflict, "too late", "");
                }),
                Operation.stream("/v1/early-refusal", (_, _) -> {
                    throw Refusal.of(Code.conflict, "not today", "");
                }),
                new Operation(HttpMethod.PUT, "/v1/blob", (Operation.Action.Receiving)
                        (_, body) -> body.transferTo(java.io.OutputStream.nullOutputStream())));
        store = new MemoryStore(InstantSource.system());
        Guard guard = new Guard(opened, new Tokens(store, InstantSource.system()), Set.of("concierge.test"), Set::of);
        server = ApiServer.start("127.0.0.1", 0, Optional.empty(), new Dispatch(guard, DispatchTest::rule, new Audit(store, InstantSource.system()), new concierge.security.access.Refusals(store, InstantSource.system()), "inst"), operations);
    }

    private static Access.Rule rule(Operation operation) {
        return new Access.Rule(Optional.of(operation.method().equals(HttpMethod.GET) ? Role.read : Role.deploy), "");
    }

    @AfterEach
    void stop() {
        release.countDown();
        server.close();
        store.close();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
    }

    private HttpResponse<String> send(HttpRequest request) throws Exception {
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String body) throws Exception {
        return post(HttpRequest.BodyPublishers.ofString(body));
    }

    private HttpResponse<String> post(HttpRequest.BodyPublisher body) throws Exception {
        return send(request("/v1/hello").POST(body).header("Authorization", "Bearer " + token).build());
    }

    private static void assertProblem(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        var problem = Json.mapper().readTree(answer.body());
        assertThat(problem.path("code").asString()).isEqualTo(code);
        assertThat(problem.path("status").asInt()).isEqualTo(status);
    }

    private static void assertProblem(String raw, int status, String code) {
        assertThat(raw).startsWith("HTTP/1.1 " + status).contains("application/problem+json").contains("\"code\":\"" + code + "\"");
    }

    @Test
    void answersJsonWithTheInstallation() throws Exception {
        var answer = send(request("/v1/hello").build());
        assertThat(answer.body()).isEqualTo("{\"hello\":\"world\"}");
        assertThat(answer.headers().firstValue("Concierge-Installation")).contains("inst");
    }

    @Test
    void unknownPathsAndMethodsAreProblems() throws Exception {
        assertProblem(send(request("/v1/nowhere").build()), 404, "not-found");
        assertProblem(send(request("/").build()), 404, "not-found");
        var answer = send(request("/v1/hello").DELETE().build());
        assertProblem(answer, 405, "method-not-allowed");
        assertThat(answer.headers().firstValue("Allow")).contains("GET, HEAD, POST");
    }

    @Test
    void bugsShowAnIncidentAndNoDetail() throws Exception {
        var answer = send(request("/v1/bug").build());
        assertProblem(answer, 500, "internal");
        assertThat(answer.body()).contains("incident ").doesNotContain("secret").doesNotContain("Exception").doesNotContain("\tat ");
    }

    @Test
    void changesNeedTheToken() throws Exception {
        var body = HttpRequest.BodyPublishers.ofString("{}");
        assertProblem(send(request("/v1/hello").POST(body).build()), 401, "unauthorized");
        for (String wrong : List.of("Bearer x", "Bearer ", token, "Basic " + token, "Bearer " + token + "0", "Bearer " + token.substring(1))) {
            assertProblem(send(request("/v1/hello").POST(body).header("Authorization", wrong).build()), 401, "unauthorized");
        }
        assertThat(post("{\"name\":\"a\",\"count\":1}").statusCode()).isEqualTo(200);
    }

    @Test
    void malformedBodiesSayWhatIsWrong() throws Exception {
        assertProblem(post(""), 400, "bad-request");
        assertProblem(post("null"), 400, "bad-request");
        assertProblem(post("{\"name\":"), 400, "bad-request");
        assertProblem(post("[]"), 400, "bad-request");
        assertProblem(post("{\"name\":\"a\",\"count\":\"many\"}"), 400, "bad-request");
        assertProblem(post(HttpRequest.BodyPublishers.ofByteArray(new byte[] {'{', '"', (byte) 0xC3, '"', '}'})), 400, "bad-request");
        assertProblem(post("[".repeat(100_000)), 400, "bad-request");
        assertThat(post("{\"nam\":\"a\"}").body()).contains("unknown field nam").contains("did you mean name?");
    }

    @Test
    void bodiesBeyondTheLimitAreRefused() throws Exception {
        String large = "{\"name\":\"" + "x".repeat(ApiLimits.BODY_BYTES) + "\"}";
        assertProblem(RawHttp.exchange(server.port(), "POST /v1/hello HTTP/1.1\r\n" + HOST + "\r\nAuthorization: Bearer " + token
                + "\r\nContent-Length: " + large.length() + "\r\n\r\n" + large), 413, "too-large");
    }

    @Test
    void headsBeyondTheLimitAreRefused() throws Exception {
        String huge = "X-Large: " + "x".repeat(ApiLimits.HEADER_BYTES + 1000);
        assertThat(RawHttp.exchange(server.port(), RawHttp.get("/v1/hello", HOST, huge))).matches("(?s)HTTP/1.[01] 413.*too-large.*");
        assertThat(RawHttp.exchange(server.port(), RawHttp.get("/" + "x".repeat(ApiLimits.REQUEST_LINE_BYTES + 1000), HOST)))
                .matches("(?s)HTTP/1.[01] 413.*too-large.*");
        assertThat(RawHttp.exchange(server.port(), "\0\1\2 what is this\r\n\r\n")).matches("(?s)HTTP/1.[01] 400.*bad-request.*");
        assertThat(send(request("/v1/hello").build()).statusCode()).isEqualTo(200);
    }

    @Test
    void foreignHostsAreRefused() throws Exception {
        for (String host : List.of("evil.example", "evil.example:8791", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "",
                "127.0.0.1@evil.example", "[::2]", "127.0.0.1:99999999")) {
            assertThat(RawHttp.exchange(server.port(), RawHttp.get("/v1/hello", "Host: " + host))).as(host).doesNotStartWith("HTTP/1.1 200")
                    .doesNotContain("world");
        }
        assertProblem(RawHttp.exchange(server.port(), RawHttp.get("/v1/hello", "Host: evil.example")), 403, "forbidden");
        assertProblem(RawHttp.exchange(server.port(), RawHttp.get("/v1/hello", "Host: 127.0.0.1", "Host: evil.example")), 403, "forbidden");
        for (String host : List.of("localhost", "127.0.0.1:" + server.port(), "[::1]:1", "LOCALHOST", "concierge.test")) {
            assertThat(RawHttp.exchange(server.port(), RawHttp.get("/v1/hello", "Host: " + host))).as(host).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void foreignOriginsAreRefused() throws Exception {
        String own = "127.0.0.1:" + server.port();
        for (String origin : List.of("http://evil.example", "null", "https://" + own, "http://127.0.0.1:1", "")) {
            assertThat(RawHttp.exchange(server.port(), RawHttp.get("/v1/hello", "Host: " + own, "Origin: " + origin)))
                    .as(origin).startsWith("HTTP/1.1 403");
        }
        assertThat(RawHttp.exchange(server.port(), RawHttp.get("/v1/hello", "Host: " + own, "Origin: http://" + own))).startsWith("HTTP/1.1 200");
    }

    @Test
    void pathTricksLeadNowhere() throws Exception {
        for (String path : List.of("/v1/stack/..", "/v1/stack/%2e%2e", "/v1/stack/a%2Fb", "/v1/stack/a%00b", "/v1/stack/../../etc/passwd",
                "/v1/stack/%ff%fe", "/v1/stack/%", "/v1/stack/a;b", "//v1//stack", "/v1/stack/" + "a".repeat(64), "/v1/stack/%zz", "/v1/hello?a=%zz", "/v1/stack/..?a=%")) {
            String answer = RawHttp.exchange(server.port(), RawHttp.get(path, HOST));
            assertThat(answer).as(path).matches("(?s)HTTP/1.1 (400|404).*problem\\+json.*");
        }
    }

    @Test
    void streamsTellAProblemAtTheirStartOrAtTheirEnd() throws Exception {
        assertProblem(send(request("/v1/early-refusal").build()), 409, "conflict");
        var late = send(request("/v1/late-refusal").build());
        assertThat(late.statusCode()).isEqualTo(200);
        assertThat(late.body()).startsWith("event: step\ndata: \"one\"\n\n").contains("event: failed\n").contains("\"code\":\"conflict\"");
    }

    @Test
    void bodiesThatNeverComeHoldNoPlaceOfThoseWhoRead() throws Exception {
        List<Socket> halves = new java.util.ArrayList<>();
        try {
            for (int i = 0; i < ApiLimits.REQUESTS + 10; i++) halves.add(connect("GET /v1/hello HTTP/1.1\r\n" + HOST + "\r\nContent-Length: 10\r\n\r\n"));
            for (Socket half : halves) assertThat(half.getInputStream().read()).isEqualTo('H');
            assertThat(RawHttp.exchange(server.port(), RawHttp.get("/v1/hello", HOST))).contains(" 200 ");
        } finally {
            for (Socket half : halves) half.close();
        }
    }

    @Test
    void whoMayOnlyLookDoesNotKeepOthersFromWorking() throws Exception {
        List<Socket> watching = new java.util.ArrayList<>();
        try {
            for (int i = 0; i < ApiLimits.STREAMS; i++) watching.add(connect(RawHttp.get("/v1/endless", HOST)));
            for (Socket one : watching) assertThat(one.getInputStream().read()).isEqualTo('H');
            assertProblem(RawHttp.exchange(server.port(), RawHttp.get("/v1/endless", HOST)), 503, "busy");
            String work = "POST /v1/work HTTP/1.1\r\n" + HOST + "\r\nConnection: close\r\nAuthorization: Bearer " + token + "\r\nContent-Length: 0\r\n\r\n";
            assertThat(RawHttp.exchange(server.port(), work)).contains(" 200 ").contains("event: step");
        } finally {
            for (Socket one : watching) one.close();
        }
    }

    @Test
    void connectionsBeyondTheLimitAreClosedAndThoseThatEndMakeRoom() throws Exception {
        List<Socket> idle = new java.util.ArrayList<>();
        try {
            for (int i = 0; i < ApiLimits.CONNECTIONS; i++) idle.add(connect("GET "));
            try (Socket more = connect("GET ")) {
                assertThat(isClosed(more)).isTrue();
            }
        } finally {
            for (Socket one : idle) one.close();
        }
        await().ignoreExceptions().until(() -> RawHttp.exchange(server.port(), RawHttp.get("/v1/hello", HOST)).contains(" 200 "));
    }

    private Socket connect(String request) throws Exception {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(10_000);
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static boolean isClosed(Socket socket) throws java.io.IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (java.net.SocketException e) {
            return true; // reset
        }
    }

    @Test
    void aStreamWhoseClientIsGoneEnds() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream().write(RawHttp.get("/v1/endless", HOST).getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().read()).isEqualTo('H');
        }
        assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void stoppingEndsStreams() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream().write(RawHttp.get("/v1/endless", HOST).getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().read()).isEqualTo('H');
            server.close();
            assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aClientThatTakesNothingIsDroppedAndOthersAreServed() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream().write(RawHttp.get("/v1/flood", HOST, "Connection: close").getBytes(StandardCharsets.US_ASCII));
            await().until(dropped::get);
            assertThat(send(request("/v1/hello").build()).statusCode()).isEqualTo(200);
            InputStream input = socket.getInputStream();
            String all = new String(input.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(all).contains("event: dropped").contains("fell behind");
        }
    }

    @Test
    void uploadsStreamWithoutBeingHeld() throws Exception {
        long size = 64 << 20;
        var body = HttpRequest.BodyPublishers.ofInputStream(() -> InputStream.nullInputStream());
        assertProblem(send(request("/v1/blob").PUT(body).build()), 401, "unauthorized");
        byte[] chunk = new byte[1 << 20];
        var large = HttpRequest.BodyPublishers.ofByteArrays(() -> java.util.stream.Stream.generate(() -> chunk).limit(size >> 20).iterator());
        var answer = send(request("/v1/blob").PUT(large).header("Authorization", "Bearer " + token).build());
        assertThat(answer.body()).isEqualTo(Long.toString(size));
    }

    @Test
    void anUnauthorisedUploadIsCutInsteadOfRead() throws Exception {
        String answer = RawHttp.exchange(server.port(), "PUT /v1/blob HTTP/1.1\r\n" + HOST + "\r\nContent-Length: 99999999999\r\n\r\nabc");
        assertProblem(answer, 401, "unauthorized");
        assertThat(answer.toLowerCase()).contains("connection: close");
    }

    @Test
    void whatCanBeReadCanBeAskedForItsHead() throws Exception {
        var head = send(request("/v1/hello").method("HEAD", HttpRequest.BodyPublishers.noBody()).build());
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(head.headers().firstValue("Content-Type")).contains("application/json; charset=utf-8");
        assertThat(send(request("/v1/nope").method("HEAD", HttpRequest.BodyPublishers.noBody()).build()).statusCode()).isEqualTo(404);
    }
}
