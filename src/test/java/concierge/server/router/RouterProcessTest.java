package concierge.server.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RouterProcessTest {
    @TempDir
    Path home;

    private final List<Process> started = new ArrayList<>();
    private final List<List<String>> asked = new ArrayList<>();

    @AfterEach
    void stop() throws Exception {
        for (Process process : started) process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }

    /** A process that lives, and announces itself as the real one does. */
    private long announcing(List<String> arguments, Path log, Map<String, String> environment) throws IOException {
        asked.add(arguments);
        Process process = new ProcessBuilder("sleep", "300").start();
        started.add(process);
        String port = arguments.getLast().replaceAll(".*=", "");
        announce(process.pid(), "http://127.0.0.1:" + port, Instant.now());
        return process.pid();
    }

    private void announce(long pid, String url, Instant at) throws IOException {
        Files.createDirectories(home.resolve("router"));
        Files.writeString(home.resolve("router/router.json"), "{\"pid\":" + pid + ",\"url\":\"" + url + "\",\"started\":\"" + at + "\"}");
    }

    @Test
    void startsOneAndFindsItAgain() throws Exception {
        RouterProcess router = new RouterProcess(home, this::announcing);
        assertThat(router.running()).isEmpty();
        int port = freePort();
        assertThat(router.ensure("127.0.0.1", port)).isEqualTo("http://127.0.0.1:" + port);
        assertThat(asked.getFirst()).startsWith("router").contains("router.host=127.0.0.1", "router.port=" + port);
        assertThat(new RouterProcess(home, this::announcing).ensure("127.0.0.1", port)).isEqualTo("http://127.0.0.1:" + port);
        assertThat(started).hasSize(1);
    }

    @Test
    void aDeadOneIsReplaced() throws Exception {
        RouterProcess router = new RouterProcess(home, this::announcing);
        router.ensure("127.0.0.1", freePort());
        started.getFirst().destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        assertThat(router.running()).isEmpty();
        router.ensure("127.0.0.1", freePort());
        assertThat(started).hasSize(2);
    }

    @Test
    void anotherProcessOfTheSameNumberIsNotTakenForIt() throws Exception {
        announce(ProcessHandle.current().pid(), "http://127.0.0.1:1", Instant.now().minusSeconds(100_000));
        assertThat(new RouterProcess(home, this::announcing).running()).isEmpty();
    }

    @Test
    void aTakenPortMeansTheNext() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String url = new RouterProcess(home, this::announcing).ensure("127.0.0.1", taken.getLocalPort());
            assertThat(url).isNotEqualTo("http://127.0.0.1:" + taken.getLocalPort());
        }
    }

    @Test
    void oneThatEndsAtOnceIsToldWithItsLastWords() {
        RouterProcess router = new RouterProcess(home, (_, log, _) -> {
            Files.writeString(log, "no such class\n");
            Process process = new ProcessBuilder("true").start();
            started.add(process);
            return process.pid();
        });
        assertThatThrownBy(() -> router.ensure("127.0.0.1", freePort())).isInstanceOf(IOException.class).hasMessageContaining("no such class");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
