package concierge.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import concierge.agent.core.AgentEvent;
import concierge.agent.instance.ProbeTarget;
import concierge.model.InstanceId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real questions to real sockets. */
class ProbesTest {
    private static final InstanceId WEB = InstanceId.parse("shop/default/web/1");
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final MemoryExecutor engine = new MemoryExecutor();

    private AgentEvent.ProbeResult ask(ProbeTarget... targets) {
        return Probes.ask(engine, WEB, List.of(targets));
    }

    private static ServerSocket listening() throws IOException {
        return new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    }

    @Test
    void tcpIsHealthyWhenAConnectionIsAccepted() throws IOException {
        try (ServerSocket socket = listening()) {
            assertThat(ask(new ProbeTarget.Tcp("127.0.0.1", socket.getLocalPort(), TIMEOUT)))
                    .isEqualTo(new AgentEvent.ProbeResult.Healthy());
        }
    }

    @Test
    void aRefusedConnectionSaysSo() throws IOException {
        int port;
        try (ServerSocket socket = listening()) {
            port = socket.getLocalPort();
        }
        assertThat(ask(new ProbeTarget.Tcp("127.0.0.1", port, TIMEOUT)))
                .isEqualTo(new AgentEvent.ProbeResult.Unhealthy("tcp " + port + ": Connection refused"));
    }

    @ParameterizedTest
    @CsvSource({"200, true", "302, true", "399, true", "404, false", "503, false"})
    void httpIsHealthyFrom200To399(int status, boolean healthy) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/up", exchange -> {
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
        server.start();
        try {
            int port = server.getAddress().getPort();
            var result = ask(new ProbeTarget.Http("127.0.0.1", port, "/up", TIMEOUT));
            if (healthy) assertThat(result).isEqualTo(new AgentEvent.ProbeResult.Healthy());
            else assertThat(result).isEqualTo(new AgentEvent.ProbeResult.Unhealthy("http " + port + " /up: answered " + status));
        } finally {
            server.stop(0);
        }
    }

    @Test
    void aServerThatNeverAnswersIsUnhealthyAfterTheTimeout() throws IOException {
        try (ServerSocket socket = listening()) {
            var result = ask(new ProbeTarget.Http("127.0.0.1", socket.getLocalPort(), "/", Duration.ofMillis(100)));
            assertThat(result).isInstanceOf(AgentEvent.ProbeResult.Unhealthy.class);
        }
    }

    @Test
    void execCountsItsExitCodeAndQuotesTheFirstLine() {
        assertThat(ask(new ProbeTarget.Exec(List.of("test", "0"), TIMEOUT))).isEqualTo(new AgentEvent.ProbeResult.Healthy());
        assertThat(ask(new ProbeTarget.Exec(List.of("test", "2"), TIMEOUT)))
                .isEqualTo(new AgentEvent.ProbeResult.Unhealthy("exec test: exited with 2: it hurts"));
    }

    @Test
    void anExecWithoutEndIsUnhealthyAfterTheTimeout() {
        assertThat(ask(new ProbeTarget.Exec(List.of("hang", "-1"), Duration.ofMillis(100))))
                .isEqualTo(new AgentEvent.ProbeResult.Unhealthy("exec hang: no end after 0.1 s"));
    }

    @Test
    void anEngineThatIsAwaySaysNothingAboutHealth() {
        engine.available = false;
        assertThat(ask(new ProbeTarget.Exec(List.of("test", "0"), TIMEOUT))).isInstanceOf(AgentEvent.ProbeResult.Unknown.class);
    }

    @Test
    void allTargetsMustBeHealthy() throws IOException {
        try (ServerSocket socket = listening()) {
            var good = new ProbeTarget.Tcp("127.0.0.1", socket.getLocalPort(), TIMEOUT);
            assertThat(ask(good, new ProbeTarget.Exec(List.of("test", "1"), TIMEOUT)))
                    .isInstanceOf(AgentEvent.ProbeResult.Unhealthy.class);
        }
    }
}
