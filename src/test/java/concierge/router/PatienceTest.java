package concierge.router;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import concierge.model.Route;
import concierge.model.RouteTable;
import concierge.model.ServiceId;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who opens connections and says nothing is let go; who waits for something is not. */
class PatienceTest {
    private static final Duration HEAD = Duration.ofMillis(500);
    private static final String HOST = " HTTP/1.1\r\nHost: shop.example\r\n";

    @TempDir
    Path home;

    private final CountDownLatch slow = new CountDownLatch(1);

    @Test
    void aConnectionWithoutAWholeHeadIsClosedAndOneThatIsAtWorkIsNot() throws Exception {
        Files.writeString(home.resolve("token"), "secret\n");
        HttpServer backend = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        backend.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        backend.createContext("/", exchange -> {
            if (exchange.getRequestURI().getPath().equals("/slow")) await();
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write("ok".getBytes(StandardCharsets.US_ASCII));
            exchange.close();
        });
        backend.start();
        try (ServerSocket upgrades = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> echo(upgrades));
            Route web = route("shop.example", backend.getAddress().getPort());
            Route ws = route("ws.example", upgrades.getLocalPort());
            try (FakeServer server = new FakeServer(0, new RouteTable("abc", 1, home.resolve("sites").toString(), List.of(web, ws)));
                    Router router = serving(server);
                    RawClient busy = new RawClient(router.port());
                    RawClient tunnel = new RawClient(router.port())) {
                busy.send("GET /slow" + HOST + "\r\n");
                tunnel.send("GET / HTTP/1.1\r\nHost: ws.example\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
                assertThat(tunnel.head()).startsWith("HTTP/1.1 101 ");
                try (RawClient idle = new RawClient(router.port());
                        RawClient half = new RawClient(router.port())) {
                    idle.send("GET /" + HOST + "\r\n");
                    half.send("GET /" + HOST);
                    assertThat(idle.head() + idle.body(2)).endsWith("ok");
                    assertThat(half.in.read()).as("half a head").isEqualTo(-1);
                    assertThat(idle.in.read()).as("no next request").isEqualTo(-1);
                }
                // By now those at work have waited as long, too.
                tunnel.send("x");
                assertThat(tunnel.in.read()).isEqualTo('x');
                slow.countDown();
                assertThat(busy.head() + busy.body(2)).startsWith("HTTP/1.1 200 ").endsWith("ok");
            }
        } finally {
            backend.stop(0);
        }
    }

    private void await() {
        try {
            slow.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Router serving(FakeServer server) throws Exception {
        RouterSettings.Limits usual = RouterSettings.Limits.DEFAULT;
        Router router = new Router(new RouterSettings(List.of("127.0.0.1:0"), server::announced, home, "router-1", new RouterSettings.Limits(
                usual.headerBytes(), usual.lineBytes(), usual.connections(), usual.perTarget(), usual.waiting(), usual.connect(), usual.doubt(), usual.rest(), HEAD, usual.answer(),
                usual.idle(), usual.attempts())));
        router.start();
        org.awaitility.Awaitility.await().until(() -> router.revision() == 1);
        return router;
    }

    private static Route route(String domain, int port) {
        return new Route(domain, new ServiceId("shop", "default", "web"), List.of("127.0.0.1:" + port), Optional.empty());
    }

    /** Takes one upgrade and then gives back each byte. */
    private static void echo(ServerSocket listener) {
        try (Socket socket = listener.accept()) {
            InputStream in = socket.getInputStream();
            for (int blank = 0; blank < 4; ) blank = "\r\n".indexOf(in.read()) >= 0 ? blank + 1 : 0;
            socket.getOutputStream().write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            in.transferTo(socket.getOutputStream());
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
