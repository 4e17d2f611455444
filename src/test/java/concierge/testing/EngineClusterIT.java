package concierge.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What the tests on several machines stand on. */
class EngineClusterIT {
    private static final int PORT = 9000;

    /** Answers on each machine by the same port. */
    private static final Map<String, Object> ANSWERING = Map.of(
            "Image", "busybox:stable", "Cmd", List.of("sh", "-c", "while :; do nc -l -p 9000 -e hostname; done"),
            "Hostname", "container", "HostConfig", Map.of("NetworkMode", "host"));

    private static boolean answers(EngineNode node) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(node.address(), PORT), 500);
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    @Test
    void machinesAreReachedByTheirAddressesAndAreLostOneByOne() throws Exception {
        try (EngineCluster cluster = EngineCluster.start(2)) {
            EngineNode first = cluster.node(1);
            EngineNode second = cluster.node(2);
            for (EngineNode node : cluster.nodes()) node.raw().run("answering", ANSWERING);
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> answers(first) && answers(second));

            second.cutOff();
            assertThat(answers(second)).isFalse();
            second.reconnect();
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> answers(second));

            List<String> command = new ArrayList<>(first.inside());
            command.addAll(List.of("sh", "-c", "hostname; exec sleep 1000"));
            Process guest = new ProcessBuilder(command).start();
            assertThat(guest.inputReader().readLine()).isEqualTo("node1");
            first.crash();
            assertThat(guest.waitFor(10, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
            assertThat(answers(first)).isFalse();
            assertThat(answers(second)).isTrue();

            first.restart();
            assertThat(first.raw().get("/containers/answering/json").ok().json().at("/State/Running").asBoolean()).isFalse();
            first.raw().post("/containers/answering/start").ok();
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> answers(first));
        }
    }
}
