package concierge.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import concierge.model.Digest;
import concierge.model.Route;
import concierge.model.RouteTable;
import concierge.model.ServiceId;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RouterTest {
    private static final ServiceId WEB = new ServiceId("shop", "default", "web");
    private static final Digest SITE = Digest.of("a site");

    @TempDir
    Path home;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final AtomicLong revision = new AtomicLong(10);
    private FakeServer server;
    private Router router;

    @BeforeEach
    void start() throws Exception {
        Files.writeString(home.resolve("token"), "secret\n");
        server = new FakeServer(0, table());
        router = router(server);
    }

    @AfterEach
    void stop() throws Exception {
        router.close();
        server.close();
        for (AutoCloseable one : open) one.close();
    }

    private Router router(FakeServer following) throws Exception {
        return started(new RouterSettings(List.of("127.0.0.1:0"), following::announced, home, "router-1", RouterSettings.Limits.DEFAULT));
    }

    private static Router started(RouterSettings settings) throws Exception {
        Router router = new Router(settings);
        router.start();
        return router;
    }

    private RouteTable table(Route... routes) {
        return new RouteTable("abc", revision.incrementAndGet(), home.resolve("sites").toString(), List.of(routes));
    }

    private static Route route(String domain, String... targets) {
        return new Route(domain, WEB, List.of(targets), Optional.empty());
    }

    private void serve(Route... routes) {
        RouteTable table = table(routes);
        server.tell(table);
        await().pollInterval(Duration.ofMillis(2)).until(() -> router.revision() == table.revision());
    }

    private String backend(HttpHandler handler) throws IOException {
        HttpServer backend = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        backend.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        backend.createContext("/", handler);
        backend.start();
        open.add(() -> backend.stop(0));
        return "127.0.0.1:" + backend.getAddress().getPort();
    }

    private interface Conversation {
        void with(Socket socket) throws Exception;
    }

    /** A backend that may do anything with its connections. */
    private String rawBackend(Conversation conversation) throws IOException {
        ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        open.add(listener);
        Thread.ofVirtual().start(() -> {
            while (!listener.isClosed()) {
                try {
                    Socket socket = listener.accept();
                    Thread.ofVirtual().start(() -> {
                        try (socket) {
                            conversation.with(socket);
                        } catch (Exception e) {
                            // The test looks at what the other side saw.
                            Thread.currentThread().interrupt();
                        }
                    });
                } catch (IOException e) {
                    return;
                }
            }
        });
        return "127.0.0.1:" + listener.getLocalPort();
    }

    private static String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) break;
            head.append((char) next);
        }
        return head.toString();
    }

    private static String deadTarget() throws IOException {
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "127.0.0.1:" + closed.getLocalPort();
        }
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private String get(String host, String path, String... headers) throws IOException {
        return request("GET", host, path, headers);
    }

    private String request(String method, String host, String path, String... headers) throws IOException {
        try (RawClient client = new RawClient(router.port())) {
            String more = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
            return client.send(method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" + more + "\r\n").rest();
        }
    }

    @Test
    void passesRequestsOnAndAnswersBack() throws Exception {
        Map<String, String> seen = new ConcurrentHashMap<>();
        String target = backend(exchange -> {
            exchange.getRequestHeaders().forEach((name, values) -> seen.put(name, String.join("|", values)));
            exchange.getResponseHeaders().add("Set-Cookie", "a=1");
            exchange.getResponseHeaders().add("Set-Cookie", "b=2");
            answer(exchange, 201, exchange.getRequestMethod() + " " + exchange.getRequestURI());
        });
        serve(route("shop.example", target));
        String reply = get("Shop.Example:8080", "/a%20b?c=d", "X-Forwarded-For: 10.9.9.9", "X-Forwarded-Proto: https", "Keep-Alive: 5", "X-Own: yes", "Connection: X-Private", "X-Private: no");
        assertThat(reply).startsWith("HTTP/1.1 201 ").contains("a=1").contains("b=2").endsWith("GET /a%20b?c=d");
        assertThat(seen).containsEntry("Host", "Shop.Example:8080").containsEntry("X-forwarded-host", "Shop.Example:8080")
                .containsEntry("X-forwarded-for", "10.9.9.9, 127.0.0.1").containsEntry("X-forwarded-proto", "http").containsEntry("X-own", "yes")
                .doesNotContainKeys("Keep-alive", "X-private");
    }

    @Test
    void acknowledgesEachTableItServes() throws Exception {
        serve(route("shop.example", "127.0.0.1:1"));
        await().until(() -> server.acks.contains("Bearer secret router-1 " + revision.get()));
    }

    @Test
    void tellsOfUnknownHostsWithoutNamingOthers() throws Exception {
        serve(route("secret-shop.example", "127.0.0.1:1"));
        String text = get("nowhere.example", "/");
        assertThat(text).startsWith("HTTP/1.1 404 ").contains("Concierge-Router: unknown-host").contains("nowhere.example").contains("domains:").doesNotContain("secret");
        String page = get("<script>.example", "/", "Accept: text/html,*/*");
        assertThat(page).contains("text/html").contains("&lt;script&gt;.example").doesNotContain("<script>");
        assertThat(request("HEAD", "nowhere.example", "/")).startsWith("HTTP/1.1 404 ").endsWith("\r\n\r\n");
    }

    @Test
    void saysThatNoInstanceIsReady() throws Exception {
        serve(route("shop.example"));
        assertThat(get("shop.example", "/")).startsWith("HTTP/1.1 503 ").contains("Retry-After: ").contains("shop/default/web");
        assertThat(get("shop.example", "/", "X-Forwarded-For: 10.1.1.1")).startsWith("HTTP/1.1 503 ").doesNotContain("default");
    }

    @Test
    void triesAnotherInstanceWhenOneCannotBeReached() throws Exception {
        List<String> bodies = new CopyOnWriteArrayList<>();
        String good = backend(exchange -> {
            bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            answer(exchange, 200, "good");
        });
        serve(route("shop.example", deadTarget(), good));
        for (int i = 0; i < 20; i++) {
            assertThat(request("POST", "shop.example", "/", "Content-Length: 4\r\n\r\nbody")).endsWith("good");
        }
        assertThat(bodies).hasSize(20).containsOnly("body");
        serve(route("shop.example", deadTarget(), deadTarget()));
        assertThat(get("shop.example", "/")).startsWith("HTTP/1.1 502 ").contains("Concierge-Router: unreachable");
    }

    /** As from a machine that is gone: connections that stand are silent, and no further one is made. */
    private String silentTarget(int standing) throws IOException {
        ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        open.add(listener);
        // The kernel accepts one more than it is told; who comes then is left without an answer.
        for (int i = standing; i < 2; i++) open.add(new Socket(listener.getInetAddress(), listener.getLocalPort()));
        return "127.0.0.1:" + listener.getLocalPort();
    }

    @Test
    void aMachineThatIsGoneCostsFewRequestsAWaitAndNoneItsAnswer() throws Exception {
        String good = backend(exchange -> answer(exchange, 200, "good"));
        serve(route("shop.example", silentTarget(0), silentTarget(1), good));
        int slow = 0;
        for (int i = 0; i < 40; i++) {
            long began = System.nanoTime();
            assertThat(get("shop.example", "/")).endsWith("good");
            if (System.nanoTime() - began > Duration.ofMillis(900).toNanos()) slow++;
        }
        assertThat(slow).isBetween(1, 4);
    }

    @Test
    void repeatsOnlyWhatMayBeRepeatedWhenAConnectionBreaks() throws Exception {
        AtomicInteger broken = new AtomicInteger();
        AtomicInteger served = new AtomicInteger();
        String breaking = rawBackend(socket -> {
            readHead(socket.getInputStream());
            broken.incrementAndGet();
        });
        String good = backend(exchange -> {
            served.incrementAndGet();
            answer(exchange, 200, "good");
        });
        serve(route("shop.example", breaking, good));
        for (int i = 0; i < 20; i++) assertThat(get("shop.example", "/")).endsWith("good");
        assertThat(broken.get()).isPositive();
        serve(route("shop.example", breaking));
        int before = broken.get();
        assertThat(request("POST", "shop.example", "/", "Content-Length: 2\r\n\r\nok")).startsWith("HTTP/1.1 502 ");
        assertThat(broken.get()).isEqualTo(before + 1);
    }

    @Test
    void spreadsLoadByWhatIsUnderWay() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger slow = new AtomicInteger();
        String slowOne = backend(exchange -> {
            slow.incrementAndGet();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            answer(exchange, 200, "slow");
        });
        String quick = backend(exchange -> answer(exchange, 200, "quick"));
        serve(route("shop.example", slowOne));
        try (RawClient waiting = new RawClient(router.port()); RawClient other = new RawClient(router.port())) {
            waiting.send("GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n");
            other.send("GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n");
            // Two: a client has its quick answer a moment before that is counted as over.
            await().until(() -> slow.get() == 2);
            serve(route("shop.example", slowOne, quick));
            for (int i = 0; i < 10; i++) assertThat(get("shop.example", "/")).endsWith("quick");
            // Drained: taken out of the table, the request under way goes on.
            serve(route("shop.example", quick));
            release.countDown();
            assertThat(waiting.head()).startsWith("HTTP/1.1 200 ");
            assertThat(waiting.body(4)).isEqualTo("slow");
        }
        assertThat(slow.get()).isEqualTo(2);
    }

    @Test
    void streamsBothWaysAsItComes() throws Exception {
        String echo = backend(exchange -> {
            exchange.sendResponseHeaders(200, 0);
            InputStream in = exchange.getRequestBody();
            OutputStream out = exchange.getResponseBody();
            byte[] buffer = new byte[100];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                out.write(buffer, 0, read);
                out.flush();
            }
            exchange.close();
        });
        serve(route("shop.example", echo));
        try (RawClient client = new RawClient(router.port())) {
            client.send("POST / HTTP/1.1\r\nHost: shop.example\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
            assertThat(client.head()).startsWith("HTTP/1.1 200 ").containsIgnoringCase("transfer-encoding: chunked");
            assertThat(client.body(8)).isEqualTo("3\r\none\r\n");
            client.send("5\r\nthree\r\n0\r\n\r\n");
            assertThat(client.body(15)).isEqualTo("5\r\nthree\r\n0\r\n\r\n");
            // The connection is good for another request.
            client.send("GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n");
            assertThat(client.head()).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void aSlowReaderDoesNotFillTheMemory() throws Exception {
        AtomicLong written = new AtomicLong();
        long size = 256L << 20;
        String generous = backend(exchange -> {
            exchange.sendResponseHeaders(200, size);
            byte[] block = new byte[1 << 16];
            try (OutputStream out = exchange.getResponseBody()) {
                for (long sent = 0; sent < size; sent += block.length) {
                    out.write(block);
                    written.addAndGet(block.length);
                }
            }
        });
        serve(route("shop.example", generous));
        try (RawClient client = new RawClient(router.port())) {
            client.send("GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n");
            client.head();
            // What lies between is socket buffers; then the backend has to wait.
            AtomicLong last = new AtomicLong(-1);
            await().pollInterval(Duration.ofMillis(300)).until(() -> written.get() > 0 && last.getAndSet(written.get()) == written.get());
            assertThat(written.get()).isLessThan(64 << 20);
            long got = 0;
            byte[] buffer = new byte[1 << 16];
            while (got < size) got += client.in.read(buffer);
            assertThat(got).isEqualTo(size);
        }
    }

    @Test
    void whatIsNoHttpIsToldWhatIsWrongWithIt() throws Exception {
        for (String[] wrong : new String[][] {
            {"GET / HTTP/x.1\r\nHost: shop.example\r\n\r\n", "400", "It is no HTTP: "},
            {"GET / HTTP/1.1\r\nHost: shop.example\r\nno header\r\n\r\n", "400", "It is no HTTP: "},
            {"GET /" + "x".repeat(20_000) + " HTTP/1.1\r\n\r\n", "414", "At most 16384 bytes"},
            {"GET / HTTP/1.1\r\nCookie: " + "x".repeat(80_000) + "\r\n\r\n", "431", "At most 65536 bytes"}}) {
            try (RawClient client = new RawClient(router.port())) {
                client.send(wrong[0]);
                String answer = new String(client.in.readAllBytes(), StandardCharsets.UTF_8);
                assertThat(answer).matches("(?s)HTTP/1\\.[01] " + wrong[1] + " .*").contains("Concierge-Router: bad-request").contains(wrong[2]);
            }
        }
    }

    @Test
    void halfAnAnswerDoesNotLookWhole() throws Exception {
        String cut = rawBackend(socket -> {
            readHead(socket.getInputStream());
            socket.getOutputStream().write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n".getBytes(StandardCharsets.US_ASCII));
        });
        serve(route("shop.example", cut));
        try (RawClient client = new RawClient(router.port())) {
            client.send("GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n");
            assertThat(client.rest()).doesNotContain("0\r\n\r\n");
        }
    }

    @Test
    void aClientThatGoesAwayEndsTheRequestBehind() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        String waiting = rawBackend(socket -> {
            readHead(socket.getInputStream());
            begun.countDown();
            if (socket.getInputStream().read() < 0) ended.countDown();
        });
        serve(route("shop.example", waiting));
        try (RawClient client = new RawClient(router.port())) {
            client.send("GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n");
            begun.await();
        }
        assertThat(ended.await(5, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void upgradedConnectionsArePassedThrough() throws Exception {
        String upgrading = rawBackend(socket -> {
            String head = readHead(socket.getInputStream());
            assertThat(head).contains("Sec-WebSocket-Key: abc");
            socket.getOutputStream().write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: xyz\r\n\r\nhi".getBytes(StandardCharsets.US_ASCII));
            socket.getInputStream().transferTo(socket.getOutputStream());
        });
        serve(route("shop.example", upgrading));
        try (RawClient client = new RawClient(router.port())) {
            client.send("GET /ws HTTP/1.1\r\nHost: shop.example\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: abc\r\nSec-WebSocket-Version: 13\r\n\r\n");
            assertThat(client.head()).startsWith("HTTP/1.1 101 ").containsIgnoringCase("sec-websocket-accept: xyz").containsIgnoringCase("upgrade: websocket");
            assertThat(client.body(2)).isEqualTo("hi");
            client.send("ping").send("pong");
            assertThat(client.body(8)).isEqualTo("pingpong");
            client.socket.shutdownOutput();
            assertThat(client.rest()).isEmpty();
        }
    }

    @Test
    void aRefusedUpgradeIsAnOrdinaryAnswer() throws Exception {
        serve(route("shop.example", backend(exchange -> answer(exchange, 403, "no"))));
        assertThat(get("shop.example", "/ws", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: abc", "Sec-WebSocket-Version: 13"))
                .startsWith("HTTP/1.1 403 ").endsWith("no");
    }

    @Test
    void answersWithoutBodyHaveNone() throws Exception {
        String target = backend(exchange -> {
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.getResponseHeaders().set("Content-Length", "1234");
                exchange.sendResponseHeaders(200, -1);
                exchange.close();
            } else {
                answer(exchange, exchange.getRequestURI().getPath().equals("/304") ? 304 : 204, "");
            }
        });
        serve(route("shop.example", target));
        assertThat(request("HEAD", "shop.example", "/")).startsWith("HTTP/1.1 200 ").containsIgnoringCase("content-length: 1234").endsWith("\r\n\r\n");
        assertThat(get("shop.example", "/204")).startsWith("HTTP/1.1 204 ").endsWith("\r\n\r\n");
        assertThat(get("shop.example", "/304")).startsWith("HTTP/1.1 304 ").endsWith("\r\n\r\n");
    }

    @Test
    void aClientThatAsksFirstIsToldToContinue() throws Exception {
        serve(route("shop.example", backend(exchange -> answer(exchange, 200, new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)))));
        try (RawClient client = new RawClient(router.port())) {
            client.send("PUT / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
            assertThat(client.head()).startsWith("HTTP/1.1 100 ");
            client.send("hello");
            assertThat(client.head()).startsWith("HTTP/1.1 200 ");
            assertThat(client.body(5)).isEqualTo("hello");
        }
    }

    @Test
    void oldClientsGetTheirAnswerToTheEndOfTheConnection() throws Exception {
        String chunky = backend(exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write("chunky".getBytes(StandardCharsets.UTF_8));
            exchange.close();
        });
        serve(route("shop.example", chunky));
        try (RawClient client = new RawClient(router.port())) {
            assertThat(client.send("GET / HTTP/1.0\r\nHost: shop.example\r\n\r\n").rest()).contains(" 200 ").doesNotContainIgnoringCase("chunked").endsWith("\r\n\r\nchunky");
        }
    }

    @Test
    void doubtfulRequestsAreRefused() throws Exception {
        AtomicInteger reached = new AtomicInteger();
        serve(route("shop.example", backend(exchange -> {
            reached.incrementAndGet();
            answer(exchange, 200, "reached");
        })));
        for (String doubtful : List.of(
                "GET / HTTP/1.1\r\nHost: shop.example\r\nHost: other.example\r\n\r\n",
                "CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
                "GET / HTTP/1.1\r\nHost: shop.example\r\nX-Large: " + "x".repeat(70_000) + "\r\n\r\n",
                "GET /" + "x".repeat(20_000) + " HTTP/1.1\r\nHost: shop.example\r\n\r\n",
                "nonsense\r\n\r\n")) {
            try (RawClient client = new RawClient(router.port())) {
                assertThat(client.send(doubtful).head()).matches("(?s)HTTP/1\\.[01] 4.*");
            }
        }
        assertThat(reached.get()).isZero();
    }

    @Test
    void servesASiteWithItsTypesTagsAndRanges() throws Exception {
        Path site = Files.createDirectories(home.resolve("sites").resolve(SITE.hex()));
        Files.writeString(site.resolve("index.html"), "<h1>start</h1>");
        Files.writeString(site.resolve("404.html"), "<h1>lost</h1>");
        Files.writeString(site.resolve("with space.css"), "0123456789");
        Files.writeString(site.resolve(".secret"), "hidden");
        Files.createDirectories(site.resolve("docs"));
        Files.writeString(site.resolve("docs/index.html"), "docs");
        Files.writeString(home.resolve("outside.txt"), "outside");
        Files.createSymbolicLink(site.resolve("link.txt"), home.resolve("outside.txt"));
        serve(new Route("help.example", WEB, List.of(), Optional.of(SITE)));

        String start = get("help.example", "/?x=y");
        assertThat(start).startsWith("HTTP/1.1 200 ").containsIgnoringCase("content-type: text/html; charset=utf-8").endsWith("<h1>start</h1>");
        assertThat(get("help.example", "/", "If-None-Match: \"" + SITE.shortHex() + "\"")).startsWith("HTTP/1.1 304 ");
        assertThat(get("help.example", "/with%20space.css")).containsIgnoringCase("text/css").endsWith("0123456789");
        assertThat(get("help.example", "/with%20space.css", "Range: bytes=2-4")).startsWith("HTTP/1.1 206 ").contains("bytes 2-4/10").endsWith("\r\n\r\n234");
        assertThat(get("help.example", "/with%20space.css", "Range: bytes=2-4", "If-Range: \"older\"")).startsWith("HTTP/1.1 200 ");
        assertThat(get("help.example", "/with%20space.css", "Range: bytes=10-")).startsWith("HTTP/1.1 416 ").contains("bytes */10");
        assertThat(request("HEAD", "help.example", "/with%20space.css")).containsIgnoringCase("content-length: 10").endsWith("\r\n\r\n");
        assertThat(get("help.example", "/docs?q")).startsWith("HTTP/1.1 301 ").containsIgnoringCase("location: /docs/?q");
        assertThat(get("help.example", "//docs")).containsIgnoringCase("location: /docs/");
        assertThat(get("help.example", "/docs/")).endsWith("docs");
        assertThat(request("POST", "help.example", "/", "Content-Length: 0")).startsWith("HTTP/1.1 405 ").containsIgnoringCase("allow: GET, HEAD");
        for (String path : new TreeSet<>(List.of(
                "/nothing", "/.secret", "/../outside.txt", "/docs/../../../outside.txt", "/%2e%2e/%2e%2e/outside.txt", "/..%2f..%2foutside.txt", "/link.txt",
                "/index.html/", "/%00", "/%zz", "/docs/..%5c..%5coutside.txt"))) {
            assertThat(get("help.example", path)).as(path).startsWith("HTTP/1.1 404 ").endsWith("<h1>lost</h1>");
        }
        Files.delete(site.resolve("404.html"));
        assertThat(get("help.example", "/nothing")).startsWith("HTTP/1.1 404 ").contains("/nothing");
    }

    @Test
    void saysThatItKnowsNoRoutesYet() throws Exception {
        Path fresh = Files.createDirectories(home.resolve("fresh"));
        try (Router lonely = started(new RouterSettings(
                        List.of("127.0.0.1:0"), () -> concierge.follow.Announcement.NOWHERE, fresh, "router-2", RouterSettings.Limits.DEFAULT));
                RawClient client = new RawClient(lonely.port())) {
            assertThat(client.send("GET / HTTP/1.0\r\nHost: shop.example\r\n\r\n").rest()).contains(" 503 ").contains("no-routes");
        }
    }

    @Test
    void goesOnWithoutAServerAndAfterARestart() throws Exception {
        String target = backend(exchange -> answer(exchange, 200, "still here"));
        serve(route("shop.example", target));
        int port = server.port();
        server.close();
        await().until(() -> !router.connected());
        assertThat(get("shop.example", "/")).endsWith("still here");
        router.close();
        router = router(server);
        assertThat(get("shop.example", "/")).endsWith("still here");
        // The server is back, with other routes.
        server = new FakeServer(port, table(route("other.example", target)));
        await().atMost(Duration.ofSeconds(10)).until(() -> router.revision() == revision.get());
        assertThat(get("other.example", "/")).endsWith("still here");
        assertThat(get("shop.example", "/")).startsWith("HTTP/1.1 404 ");
    }

    @Test
    void anotherInstallationsServerOnThePortOfADeadOneIsNotObeyed() throws Exception {
        String target = backend(exchange -> answer(exchange, 200, "ours"));
        serve(route("shop.example", target));
        int port = server.port();
        server.close();
        await().until(() -> !router.connected());
        RouteTable theirs = table(route("theirs.example", target));
        AtomicInteger asked = new AtomicInteger();
        try (FakeServer other = new FakeServer(port, new RouteTable("xyz", theirs.revision(), theirs.sites(), theirs.routes()), asked::incrementAndGet)) {
            await().atMost(Duration.ofSeconds(10)).until(() -> asked.get() > 1);
            assertThat(other.acks).as("no token of ours is shown to it").isEmpty();
            assertThat(get("shop.example", "/")).endsWith("ours");
            assertThat(get("theirs.example", "/")).startsWith("HTTP/1.1 404 ");
        }
    }

    @Test
    void aTakenPortIsSaidClearly() throws Exception {
        RouterSettings taken = new RouterSettings(List.of("127.0.0.1:" + router.port()), server::announced, home, "router-3", RouterSettings.Limits.DEFAULT);
        try (Router second = new Router(taken)) {
            assertThatThrownBy(second::start).isInstanceOf(IOException.class).hasMessageContaining("127.0.0.1:" + router.port() + " is in use by another program");
        }
    }

    @Test
    void announcesItself() throws Exception {
        assertThat(Files.readString(home.resolve("router/router.json")))
                .contains("\"pid\":" + ProcessHandle.current().pid()).contains("\"url\":\"http://127.0.0.1:" + router.port() + "\"");
    }
}
