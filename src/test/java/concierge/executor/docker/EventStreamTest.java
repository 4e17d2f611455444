package concierge.executor.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import concierge.executor.Executor;
import concierge.executor.Running;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A connection that has died without a word, as a real engine does not offer one. */
class EventStreamTest {
    private static final String DEATH = """
            {"Action": "die", "timeNano": 1767225600000000007, "Actor": {"ID": "c1", "Attributes": {"exitCode": "3", "name": "x",
             "concierge.installation": "inst-1", "concierge.instance": "shop/default/web/1", "concierge.generation": "7"}}}
            """.replace("\n", "") + "\n";

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<Running> told = new CopyOnWriteArrayList<>();
    private final AtomicInteger gaps = new AtomicInteger();
    private final CountDownLatch over = new CountDownLatch(1);
    private HttpServer server;
    private Engine engine;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/version", exchange -> answer(exchange, "{\"ApiVersion\": \"1.41\", \"Version\": \"20.10\"}"));
        server.createContext("/v1.41/containers", exchange -> {
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
        });
        server.createContext("/v1.41/events", this::events);
        server.start();
        engine = new Engine(EngineAddress.of("tcp://127.0.0.1:" + server.getAddress().getPort(), Optional.empty(), "test"));
    }

    @AfterEach
    void stop() {
        over.countDown();
        server.stop(0);
        engine.close();
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    /** The first connection is dead from the start; the second tells of what happened meanwhile, and dies, too. */
    private void events(HttpExchange exchange) throws IOException {
        asked.add(exchange.getRequestURI().getQuery());
        exchange.sendResponseHeaders(200, 0);
        if (asked.size() == 2) exchange.getResponseBody().write(DEATH.getBytes(StandardCharsets.UTF_8));
        exchange.getResponseBody().flush();
        try {
            over.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        exchange.close();
    }

    private EventStream watch(Optional<Duration> renewal) {
        Executor.Watcher watcher = new Executor.Watcher() {
            @Override
            public void changed(Running instance) {
                told.add(instance);
            }

            @Override
            public void gap() {
                gaps.incrementAndGet();
            }
        };
        return new EventStream(engine, new Containers(engine, "inst-1", _ -> true), "inst-1", watcher, renewal).start();
    }

    @Test
    void whatADeadConnectionDidNotTellIsAskedForAnew() {
        try (EventStream _ = watch(Optional.of(Duration.ofMillis(100)))) {
            await().until(() -> asked.size() >= 4);
            assertThat(told).singleElement().satisfies(death -> assertThat(death.exitCode()).contains(3));
            assertThat(asked.get(1)).as("from where the first began").startsWith(asked.get(0).substring(0, asked.get(0).indexOf('&')));
            assertThat(asked.get(2)).as("after the event that was told").startsWith("since=1767225600.000000008&");
            assertThat(gaps).as("nothing was missed").hasValue(0);
        }
    }
}
