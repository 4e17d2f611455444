package concierge.source.portier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a queue may answer, and what the client makes of it. */
class PortierClientTest {
    private static final String AGENT = "concierge/1.2 (0e3c1a52-7d6e-4a55-8f7e-b6a2a3a1b111)";

    private final AtomicReference<String> asked = new AtomicReference<>("");
    private final AtomicReference<String> caller = new AtomicReference<>("");
    private HttpServer server;
    private PortierClient client;
    private int status = 200;
    private String body = "";

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked.set(exchange.getRequestMethod() + " " + exchange.getRequestURI().getRawPath());
            caller.set(exchange.getRequestHeaders().getFirst("User-Agent"));
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        client = new PortierClient("http://127.0.0.1:" + server.getAddress().getPort() + "/", AGENT);
    }

    @AfterEach
    void stop() {
        client.close();
        server.stop(0);
    }

    private void answers(int status, String body) {
        this.status = status;
        this.body = body;
    }

    private String unreachable(Answer answer) {
        assertThat(answer).isInstanceOf(Answer.Unreachable.class);
        return ((Answer.Unreachable) answer).reason();
    }

    @Test
    void aHeartbeatTellsClaimsAndWhatIsAvailable() {
        answers(200, "{\"success\": true, \"claims\": [{\"uuid\": \"a\"}], \"available\": [{\"uuid\": \"b\", \"type\": \"restream\"}]}");
        assertThat(client.heartbeat("me/you")).isEqualTo(new Answer.Listing(List.of("a"), List.of(new Answer.Available("b", "restream"))));
        assertThat(asked.get()).isEqualTo("POST /concierge/api/me%2Fyou/heartbeat");
    }

    @Test
    void aClaimBringsTheConfiguration() {
        answers(200, "{\"success\": true, \"uuid\": \"b\", \"type\": \"restream\", \"configuration\": {\"app\": \"live\"}}");
        assertThat(client.claim("me", "b")).isEqualTo(new Answer.Granted("b", "restream", "{\"app\": \"live\"}"));
        assertThat(asked.get()).isEqualTo("POST /concierge/api/me/claim/b");
    }

    @Test
    void aConfigurationIsPassedOnToTheLetter() {
        String exact = "{\"rate\": 1.10,  \"big\": 12345678901234567890123456789, \"e\": 1E+2,\n\"name\": \"\\ud83d\\u00e9\", \"inner\": {\"configuration\": [1.0, 2]}}";
        answers(200, "{\"success\": true, \"uuid\": \"b\", \"configuration\" : " + exact + " , \"type\": \"restream\"}");
        assertThat(client.claim("me", "b")).isEqualTo(new Answer.Granted("b", "restream", exact));
        String large = "{\"text\": \"" + "ä1.10".repeat(20_000) + "\"}";
        answers(200, "{\"success\": true, \"configuration\":" + large + ",\"uuid\": \"b\", \"type\": \"restream\"}");
        assertThat(client.claim("me", "b")).isEqualTo(new Answer.Granted("b", "restream", large));
    }

    @Test
    void aClaimWithoutAConfigurationIsNone() {
        answers(200, "{\"success\": true, \"uuid\": \"b\", \"type\": \"restream\", \"configuration\": null}");
        assertThat(unreachable(client.claim("me", "b"))).isEqualTo("answered the claim with no configuration");
    }

    @Test
    void aNameThatActsInATerminalOrCannotBeSentIsSetApartAndShownTame() {
        answers(200, "{\"success\": true, \"claims\": [{\"uuid\": \"a\"}, {\"uuid\": \"\\ud800\"}], \"available\": [{\"uuid\": \"cam\\u001b[31m\\n1\", \"type\": \"re\\u0007\"}, {\"uuid\": \"café 1\", \"type\": \"restream\"}]}");
        assertThat(client.heartbeat("me")).isEqualTo(new Answer.Listing(List.of("a"), List.of(new Answer.Available("café 1", "restream")),
                List.of(new Answer.Available("�", ""), new Answer.Available("cam�[31m�1", "re�"))));
        answers(502, "<html>\u001b]0;title\u0007 bad</html>");
        assertThat(unreachable(client.heartbeat("me"))).contains("<html>�]0;title� bad</html>");
    }

    @Test
    void theQueueIsToldWhoCalls() {
        answers(200, "{\"success\": true, \"claims\": [], \"available\": []}");
        client.heartbeat("me");
        assertThat(caller.get()).isEqualTo(AGENT);
    }

    @Test
    void refusalsAreToldApart() {
        answers(423, "{\"error\": \"task already claimed\"}");
        assertThat(client.claim("me", "b")).isEqualTo(new Answer.Locked());
        answers(404, "{\"error\": \"task unknown\"}");
        assertThat(client.claim("me", "b")).isEqualTo(new Answer.Gone());
        answers(403, "{\"error\": \"task claimed by other identity\"}");
        assertThat(client.release("me", "b")).isEqualTo(new Answer.NotOurs());
        answers(403, "{\"error\": \"identity unknown\"}");
        assertThat(client.heartbeat("me")).isEqualTo(new Answer.UnknownIdentity());
    }

    @Test
    void whatIsNotTheQueuesJsonIsNoAnswer() {
        answers(404, "<html>no such page</html>");
        assertThat(unreachable(client.heartbeat("me"))).contains("404").contains("<html>no such page").contains("an identity that is no UUID");
        answers(200, "<html>please log in</html>");
        assertThat(unreachable(client.heartbeat("me"))).contains("<html>please log in");
        answers(502, "");
        assertThat(unreachable(client.heartbeat("me"))).contains("502 with nothing");
        answers(200, "{\"success\": true, \"claims\": [{\"uuid\": \"a\"}");
        assertThat(unreachable(client.heartbeat("me"))).contains("claims");
    }

    @Test
    void aListingWithoutItsClaimsDoesNotCountAsOneWithNone() {
        answers(200, "{\"success\": true, \"available\": []}");
        assertThat(client.heartbeat("me")).isInstanceOf(Answer.Unreachable.class);
        answers(200, "{\"success\": true, \"claims\": [{}], \"available\": []}");
        assertThat(client.heartbeat("me")).isInstanceOf(Answer.Unreachable.class);
    }

    @Test
    void anAnswerAboutAnotherTaskIsNone() {
        answers(200, "{\"success\": true, \"uuid\": \"c\", \"type\": \"restream\", \"configuration\": {}}");
        assertThat(client.claim("me", "b")).isInstanceOf(Answer.Unreachable.class);
    }

    @Test
    void anAnswerThatIsCutOffIsNone() throws Exception {
        try (ServerSocket half = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                PortierClient cut = new PortierClient("http://127.0.0.1:" + half.getLocalPort(), AGENT)) {
            Thread.ofVirtual().start(() -> {
                try (Socket socket = half.accept()) {
                    socket.getInputStream().read();
                    socket.getOutputStream().write("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"success\": true".getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            assertThat(cut.heartbeat("me")).isInstanceOf(Answer.Unreachable.class);
        }
    }

    /** Answers one call with these bytes, and with one of them again and again. */
    private Answer dripped(String head, int every, Duration limit) throws Exception {
        try (ServerSocket slow = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                PortierClient impatient = new PortierClient("http://127.0.0.1:" + slow.getLocalPort(), AGENT, limit)) {
            Thread.ofVirtual().start(() -> {
                try (Socket socket = slow.accept()) {
                    socket.getInputStream().read();
                    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
                    byte[] bytes = " ".repeat(every).getBytes(StandardCharsets.US_ASCII);
                    while (true) {
                        socket.getOutputStream().write(bytes);
                        if (every == 1) LockSupport.parkNanos(1_000_000);
                    }
                } catch (IOException e) {
                    // It has hung up.
                }
            });
            return impatient.heartbeat("me");
        }
    }

    @Test
    void anAnswerThatNeverEndsIsGivenUp() throws Exception {
        assertThat(unreachable(dripped("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{", 1, Duration.ofSeconds(1)))).isEqualTo("no answer within 1 s");
        assertThat(unreachable(dripped("HTTP/1.1 200 OK\r\n\r\n{", 1 << 16, PortierClient.LIMIT))).contains("more than 16777216 bytes");
    }

    @Test
    void noAnswerAtAllIsGivenUp() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                PortierClient impatient = new PortierClient("http://127.0.0.1:" + silent.getLocalPort(), AGENT, Duration.ofSeconds(1))) {
            assertThat(unreachable(impatient.claim("me", "b"))).isEqualTo("no answer within 1 s");
        }
    }

    @Test
    void anEndpointThatIsNoneIsRefusedAtOnce() {
        assertThatThrownBy(() -> new PortierClient("portier:8080", AGENT)).hasMessageContaining("portier.endpoint").hasMessageContaining("http://host:port");
    }
}
