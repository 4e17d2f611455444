package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.testing.EngineCertificates;
import concierge.testing.EngineCluster;
import concierge.testing.EtcdServers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Machines that have nothing but Docker, served by one agent elsewhere over TLS. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RemoteEnginesIT {
    private static final int PORT = 2376;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String STACK = """
            viking: {name: shop}
            deploy:
              web:
                image: busybox:stable
                run: [sh, -c, "hostname > /tmp/index.html; exec httpd -f -p 80 -h /tmp"]
                expose: 80
                scale: 4
                health: {http: /}
                stop_grace: 1s
                domains: [shop.localhost]
            """;

    @TempDir
    static Path folder;

    private static EngineCertificates certificates;
    private static EngineCluster machines;
    private static EtcdServers etcd;
    private static Installation server;
    private static Installation home;
    private Process agent;

    @BeforeAll
    static void start() throws Exception {
        certificates = EngineCertificates.make(folder.resolve("certificates"), "IP:10.77.0.11,IP:10.77.0.12");
        machines = EngineCluster.start(2, certificates.options("0.0.0.0", PORT));
        etcd = EtcdServers.start(Files.createDirectories(folder.resolve("etcd")), 1);
        server = Installation.withoutEngine().with("CONCIERGE_STORE__URL", etcd.address("/test")).with("CONCIERGE_AGENT__ENABLED", "false");
        server.must("server", "start");
        home = Installation.withoutEngine().with("CONCIERGE_STORE__URL", etcd.address("/test"));
    }

    @AfterEach
    void stopAgent() throws Exception {
        if (agent != null) agent.destroyForcibly().waitFor();
    }

    @AfterAll
    static void stop() throws Exception {
        if (server != null) server.close();
        if (etcd != null) etcd.close();
        if (machines != null) machines.close();
    }

    private void startAgent() throws Exception {
        Path client = certificates.client();
        agent = home.startInto(folder.resolve("agent.log"), "agent", "--tags", "far",
                "--key", server.home().resolve("secrets.key").toString(), "--set", "bind=" + EngineCluster.ADDRESS,
                "--docker", "h1=tcp://10.77.0.11:" + PORT, "--docker", "h2=tcp://10.77.0.12:" + PORT,
                "--tlscacert", client + "/ca.pem", "--tlscert", client + "/cert.pem", "--tlskey", client + "/key.pem");
    }

    private void await(String what, BooleanSupplier condition) {
        try {
            Installation.await(what, LIMIT, condition);
        } catch (org.awaitility.core.ConditionTimeoutException e) {
            throw new AssertionError(what + ": " + server.concierge("ps") + server.concierge("hosts") + read(folder.resolve("agent.log")), e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (java.io.IOException e) {
            return e.toString();
        }
    }

    private Map<String, Integer> ready() {
        Map<String, Integer> spread = new TreeMap<>();
        for (JsonNode instance : server.instances()) {
            if (instance.get("state").asString().equals("ready")) spread.merge(instance.get("host").asString(), 1, Integer::sum);
        }
        return spread;
    }

    private int tagged() {
        int count = 0;
        for (JsonNode host : server.api("/v1/hosts")) if (host.get("tags").toString().equals("[\"far\"]")) count++;
        return count;
    }

    private int running(int machine) {
        return machines.node(machine).raw().get("/containers/json").ok().json().size();
    }

    @Test
    @Order(1)
    void whatCannotBeServedSaysWhyAndTheOthersGoOn() throws Exception {
        Path client = certificates.client();
        agent = home.startInto(folder.resolve("agent.log"), "agent", "--docker", "h1=tcp://10.77.0.11:" + PORT, "--docker", "gone=tcp://10.77.0.99:" + PORT,
                "--tlscacert", client + "/ca.pem", "--tlscert", client + "/cert.pem", "--tlskey", client + "/key.pem");
        await("the one that answers", () -> server.api("/v1/hosts").size() == 1);
        await("the other's reason", () -> read(folder.resolve("agent.log")).contains("host waits host=gone engine=tcp://10.77.0.99:2376"));
        Installation.Outcome wrong = Installation.withoutEngine().with("CONCIERGE_STORE__URL", etcd.address("/test")).concierge("agent", "--docker", "h1=ssh://10.77.0.11");
        assertThat(wrong.exit()).isEqualTo(1);
        assertThat(wrong.err()).contains("engines.h1.docker: ssh://10.77.0.11 (expected: tcp://host:port or unix:///path)");
    }

    @Test
    @Order(2)
    void aMachineNeedsNothingButDockerAndIsLostAndFoundLikeAnyOther() throws Exception {
        startAgent();
        // The record of the agent before, without tags, is there for as long as its lease.
        await("both hosts", () -> tagged() == 2);
        for (JsonNode host : server.api("/v1/hosts")) assertThat(host.get("addresses").get(0).asString()).isIn("10.77.0.11", "10.77.0.12");
        server.must("up", Stacks.folder(folder, "shop", STACK).toString());
        assertThat(ready()).isEqualTo(Map.of("h1", 2, "h2", 2));
        assertThat(List.of(running(1), running(2))).containsExactly(2, 2);
        await("the router reaches them", () -> server.route("shop.localhost").statusCode() == 200);

        assertThat(server.must("exec", "shop/web/1", "--", "echo", "from afar").out()).isEqualTo("from afar\n");

        long began = System.nanoTime();
        machines.node(2).crash();
        await("replacements", () -> ready().equals(Map.of("h1", 4)));
        System.out.println("remote engine: machine dead to replacements ready: " + Duration.ofNanos(System.nanoTime() - began).toMillis() + " ms");
        assertThat(server.concierge("hosts").out()).doesNotContain("h2");

        machines.node(2).restart();
        await("it is back", () -> server.api("/v1/hosts").size() == 2);
        await("what was replaced is removed there", () -> machines.node(2).raw().get("/containers/json?all=1").ok().json().isEmpty());

        // Cut off, it runs on; found again, it has what was replaced meanwhile stopped.
        agent.destroyForcibly().waitFor();
        assertThat(running(1)).isEqualTo(4);
        startAgent();
        await("all are adopted", () -> ready().equals(Map.of("h1", 4)) && running(1) == 4);
    }
}
