package concierge.executor.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import concierge.executor.ExecutorException;
import concierge.json.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Engines of other ages than the one that is installed: what they are asked, in which version. */
class EngineVersionTest {
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private Engine engine;
    private volatile String newest = "1.41";
    private volatile String oldest = "1.12";

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        engine = new Engine(EngineAddress.of("tcp://127.0.0.1:" + server.getAddress().getPort(), Optional.empty(), "test"));
    }

    @AfterEach
    void stop() {
        engine.close();
        server.stop(0);
    }

    /** Refuses versions outside its range in the words of Docker. */
    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        asked.add(path);
        if (path.equals("/version")) {
            send(exchange, 200, Map.of("Version", "test", "ApiVersion", newest, "MinAPIVersion", oldest));
            return;
        }
        String version = path.split("/")[1].substring(1);
        if (Engine.compare(version, newest) > 0) {
            send(exchange, 400, Map.of("message", "client version " + version + " is too new. Maximum supported API version is " + newest));
        } else if (Engine.compare(version, oldest) < 0) {
            send(exchange, 400, Map.of("message", "client version " + version + " is too old. Minimum supported API version is " + oldest
                    + ", please upgrade your client to a newer version"));
        } else {
            send(exchange, 200, List.of());
        }
    }

    private static void send(HttpExchange exchange, int status, Object body) throws IOException {
        byte[] bytes = Json.write(body).getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private void speaks(String least, String most) {
        oldest = least;
        newest = most;
    }

    @Test
    void anEngineWhoseOldestIs1_44IsAskedInItsNewestThatWeKnow() {
        speaks("1.44", "1.50");
        assertThat(engine.get("/containers/json").ok()).isTrue();
        speaks("1.44", "1.52");
        assertThat(engine.get("/containers/json").ok()).isTrue();
        assertThat(asked).containsExactly("/version", "/v1.50/containers/json", "/v1.50/containers/json");
    }

    @Test
    void anEngineThatIsNewerThanAllWeKnowIsAskedInTheNewestThatWeKnow() {
        speaks("1.44", "1.99");
        assertThat(engine.get("/containers/json").ok()).isTrue();
        assertThat(asked).endsWith("/v" + Engine.NEWEST + "/containers/json");
        assertThat(engine.speaks("1.44")).isTrue();
    }

    @Test
    void anEngineThatWasReplacedByANewerOneIsAskedAgainInItsVersion() {
        assertThat(engine.get("/containers/json").ok()).isTrue();
        speaks("1.44", "1.52");
        assertThat(engine.get("/containers/json").ok()).isTrue();
        speaks("1.24", "1.43");
        assertThat(engine.get("/containers/json").ok()).isTrue();
        assertThat(asked).containsExactly(
                "/version", "/v1.41/containers/json", "/v1.41/containers/json",
                "/version", "/v1.51/containers/json", "/v1.51/containers/json", "/version", "/v1.43/containers/json");
    }

    @Test
    void anEngineThatIsTooOldIsToldWithWhatIsNeeded() {
        speaks("1.12", "1.40");
        assertThatThrownBy(() -> engine.get("/containers/json")).isInstanceOf(ExecutorException.class)
                .hasMessageContainingAll("1.40", "1.41", "update the engine");
    }

    /** Something else listens there, or a proxy in between is down. */
    @Test
    void anAnswerThatIsNoEnginesIsToldAsSuch() {
        server.removeContext("/");
        server.createContext("/", exchange -> {
            byte[] page = "<html>welcome</html>".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        assertThatThrownBy(() -> engine.get("/containers/json")).isInstanceOf(ExecutorException.class)
                .hasMessageContainingAll("no Docker engine", "127.0.0.1");
    }
}
