package concierge.executor.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.executor.ExecRequest;
import concierge.executor.ExecSession;
import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.ImageEngine.BuildRequest;
import concierge.executor.Running;
import concierge.executor.Workload;
import concierge.json.Json;
import concierge.model.Digest;
import concierge.model.InstanceId;
import concierge.model.Port;
import concierge.model.ServiceSpec;
import concierge.testing.DockerEngine;
import concierge.testing.EngineCertificates;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A remote engine: over TCP, with certificates on both sides. */
class DockerTlsIT {
    private static final InstanceId WEB = InstanceId.parse("shop/default/web/1");
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    static Path shared;

    private static EngineCertificates certificates;
    private static DockerEngine engine;
    private static int port;

    @TempDir
    Path folder;

    @BeforeAll
    static void startEngine() throws IOException {
        port = freePort();
        certificates = EngineCertificates.make(shared.resolve("good"), "IP:127.0.0.1");
        engine = DockerEngine.start(certificates.options(port));
    }

    @AfterAll
    static void stopEngine() {
        if (engine != null) engine.close();
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    private DockerExecutor open(Map<String, String> environment) {
        return new DockerExecutor(DockerSettings.of("tls-tests", folder.resolve("logs")).withSurroundings(environment, folder));
    }

    private DockerExecutor openBy(Path clientFolder, int at) {
        return open(Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + at, "DOCKER_TLS_VERIFY", "1", "DOCKER_CERT_PATH", clientFolder.toString()));
    }

    private DockerExecutor openByContext() throws IOException {
        Path docker = folder.resolve(".docker");
        String name = Digest.of("far").hex();
        Path meta = Files.createDirectories(docker.resolve("contexts/meta/" + name));
        Files.writeString(meta.resolve("meta.json"), Json.write(
                Map.of("Name", "far", "Endpoints", Map.of("docker", Map.of("Host", "tcp://127.0.0.1:" + port, "SkipTLSVerify", false)))));
        Path tls = Files.createDirectories(docker.resolve("contexts/tls/" + name + "/docker"));
        for (String file : List.of("ca.pem", "cert.pem", "key.pem")) Files.copy(certificates.client().resolve(file), tls.resolve(file));
        return open(Map.of("DOCKER_CONTEXT", "far"));
    }

    private static Workload workload(ServiceSpec spec) {
        return new Workload(WEB, 1, Digest.of("x"), spec, new TreeMap<>(), Map.of(), "127.0.0.1");
    }

    private static ServiceSpec talker() {
        return ServiceSpec.of("busybox:stable").with()
                .command(List.of("sh", "-c", "echo hello; trap 'exit 3' TERM; while :; do sleep 0.1; done"))
                .ports(List.of(Port.tcp(80)))
                .build();
    }

    @Test
    void allVerbsWorkOverTls() throws Exception {
        try (DockerExecutor executor = openBy(certificates.client(), port)) {
            assertThat(executor.availability().text()).contains("tcp://127.0.0.1:" + port, "DOCKER_HOST");
            ConcurrentLinkedQueue<Running> changes = new ConcurrentLinkedQueue<>();
            try (AutoCloseable _ = executor.watch(watcher(changes))) {
                assertThat(executor.ensure(workload(talker()), _ -> {}).state()).isEqualTo(Running.State.running);
                followsOutput(executor);
                passesInputToItsEnd(executor);
                executor.stop(WEB, Duration.ofSeconds(5));
                Awaitility.await().atMost(PATIENCE).until(() -> changes.stream().anyMatch(one -> one.exitCode().equals(Optional.of(3))));
            } finally {
                executor.remove(WEB);
            }
            assertThat(executor.list()).isEmpty();
        }
    }

    private static Executor.Watcher watcher(ConcurrentLinkedQueue<Running> changes) {
        return new Executor.Watcher() {
            @Override
            public void changed(Running running) {
                changes.add(running);
            }

            @Override
            public void gap() {}
        };
    }

    private static void followsOutput(Executor executor) throws IOException {
        List<String> lines = new ArrayList<>();
        executor.logs(WEB, new Executor.LogQuery(true, Optional.empty(), -1), (_, _, text) -> {
            lines.add(text);
            return false;
        });
        assertThat(lines).containsExactly("hello");
    }

    /** Half-closed: {@code sort} says nothing before its input has ended, and all of it after. */
    private static void passesInputToItsEnd(Executor executor) throws Exception {
        ExecRequest sort = new ExecRequest(List.of("sort"), Map.of(), Optional.empty(), Optional.empty(), false, true, 0, 0);
        try (ExecSession session = executor.exec(WEB, sort)) {
            for (int i = 30_000; i > 0; i--) session.stdin().write(String.format("%05d%n", i).getBytes(StandardCharsets.US_ASCII));
            session.stdin().close();
            String sorted = new String(session.stdout().readAllBytes(), StandardCharsets.US_ASCII);
            assertThat(sorted).startsWith("00001\n00002\n").endsWith("30000\n").hasSize(30_000 * 6);
            assertThat(session.exitCode()).isZero();
        }
    }

    @Test
    void aContextWithCertificatesReachesItAndBuilds() throws Exception {
        try (DockerExecutor executor = openByContext()) {
            assertThat(executor.availability().text()).contains("context far");
            List<String> progress = new ArrayList<>();
            String dockerfile = "FROM busybox:stable\nRUN echo built over tls\n";
            byte[] context = new byte[1024];
            String id = executor.build(
                    new BuildRequest(dockerfile, () -> new ByteArrayInputStream(context), "shop/far:1", Map.of(), false), progress::add);
            assertThat(executor.imageId("shop/far:1")).contains(id);
            assertThat(progress).contains("built over tls");
        }
    }

    @Test
    void aClientWithAnothersCertificateIsToldSo() {
        EngineCertificates others = EngineCertificates.make(folder.resolve("others"), "IP:127.0.0.1");
        unavailable(others.client(), port, "tcp://127.0.0.1:" + port, "PKIX");
        unavailable(mix(others), port, "tcp://127.0.0.1:" + port, "hangs up");
    }

    /** Trusts the engine, but shows what the engine does not trust. */
    private Path mix(EngineCertificates others) {
        try {
            Path mixed = Files.createDirectories(folder.resolve("mixed"));
            Files.copy(certificates.client().resolve("ca.pem"), mixed.resolve("ca.pem"));
            for (String file : List.of("cert.pem", "key.pem")) Files.copy(others.client().resolve(file), mixed.resolve(file));
            return mixed;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void unavailable(Path client, int at, String... said) {
        try (DockerExecutor executor = openBy(client, at)) {
            assertThat(executor.availability().available()).isFalse();
            assertThat(executor.availability().text()).contains(said).contains(client.toString());
            assertThatThrownBy(() -> executor.ensure(workload(talker()), _ -> {})).isInstanceOfSatisfying(
                    ExecutorException.class, e -> assertThat(e.kind()).isEqualTo(ExecutorException.Kind.unavailable));
        }
    }

    @Test
    void missingOrBrokenCertificateFilesAreNamed() throws Exception {
        Path empty = Files.createDirectories(folder.resolve("empty"));
        unavailable(empty, port, empty.resolve("ca.pem") + ": cannot be read");
        Path broken = Files.createDirectories(folder.resolve("broken"));
        for (String file : List.of("ca.pem", "cert.pem", "key.pem")) Files.writeString(broken.resolve(file), "nonsense");
        unavailable(broken, port, "cannot use the certificates");
    }

    @Test
    void anEngineWhoseCertificateIsForAnotherHostIsNotSpokenTo() throws Exception {
        int other = freePort();
        EngineCertificates elsewhere = EngineCertificates.make(folder.resolve("elsewhere"), "DNS:elsewhere.example");
        try (DockerEngine _ = DockerEngine.start(elsewhere.options(other))) {
            unavailable(elsewhere.client(), other, "tcp://127.0.0.1:" + other, "127.0.0.1");
        }
    }

    @Test
    void withoutTlsTheEnginesAnswerIsExplained() {
        try (DockerExecutor executor = open(Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + port))) {
            assertThat(executor.availability().available()).isFalse();
            assertThat(executor.availability().text()).contains("HTTPS", "DOCKER_TLS_VERIFY");
        }
    }

    @Test
    void aHangingEngineIsUnavailableWithinTheLimitOverTlsToo() {
        try (DockerExecutor executor = openBy(certificates.client(), port)) {
            assertThat(executor.availability().available()).isTrue();
            engine.hang();
            long start = System.nanoTime();
            try {
                assertThat(executor.availability().text()).containsAnyOf("within 5 s", "timed out");
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
            } finally {
                engine.resume();
            }
            assertThat(executor.availability().available()).isTrue();
        }
    }
}
