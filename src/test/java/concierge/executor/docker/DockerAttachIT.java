package concierge.executor.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.executor.ExecSession;
import concierge.executor.ExecutorException;
import concierge.executor.Running;
import concierge.executor.Workload;
import concierge.model.Digest;
import concierge.model.EngineOptions;
import concierge.model.InstanceId;
import concierge.model.ServiceSpec;
import concierge.testing.DockerEngine;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client connected to a container's own command. */
class DockerAttachIT {
    private static final InstanceId JOB = InstanceId.parse("shop/default/job/1");
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private final DockerEngine engine = DockerEngine.shared();

    @TempDir
    Path folder;

    private DockerExecutor executor;

    @BeforeEach
    void open() {
        executor = new DockerExecutor(DockerSettings.of("attach-tests", folder).withEngine(engine.address()));
    }

    @AfterEach
    void close() {
        executor.remove(JOB);
        executor.close();
    }

    private void start(String script, boolean takesInput, String... options) {
        ServiceSpec spec = ServiceSpec.of("busybox:stable").with()
                .command(List.of("sh", "-c", script))
                .takesInput(takesInput)
                .options(new EngineOptions(List.of(options)))
                .build();
        executor.ensure(new Workload(JOB, 1, Digest.of("x"), spec, new TreeMap<>(), Map.of(), "127.0.0.1"), _ -> {});
    }

    private void awaitEnded() {
        Awaitility.await().atMost(PATIENCE).until(() -> executor.inspect(JOB).orElseThrow().state() == Running.State.ended);
    }

    private static String text(InputStream stream) throws IOException {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void inputGoesInToItsEndAndOutputAndExitCodeComeOut() throws Exception {
        start("echo first >&2; cat; exit 5", true);
        byte[] sent = new byte[3 << 20];
        new Random(1).nextBytes(sent);
        try (ExecSession session = executor.attach(JOB, 0, 0)) {
            Thread writer = Thread.ofVirtual().start(() -> {
                try (var stdin = session.stdin()) {
                    stdin.write(sent);
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            assertThat(Arrays.equals(session.stdout().readAllBytes(), sent)).isTrue();
            writer.join();
            assertThat(text(session.stderr())).isEqualTo("first\n");
            assertThat(session.exitCode()).isEqualTo(5);
        }
    }

    @Test
    void whatItSaidBeforeTheClientCameIsNotMissedEvenAfterItsEnd() throws Exception {
        start("echo early; echo late >&2; exit 3", true);
        awaitEnded();
        try (ExecSession session = executor.attach(JOB, 0, 0)) {
            assertThat(text(session.stdout())).isEqualTo("early\n");
            assertThat(text(session.stderr())).isEqualTo("late\n");
            assertThat(session.exitCode()).isEqualTo(3);
        }
        assertThatThrownBy(() -> executor.attach(JOB, 0, 0)).isInstanceOfSatisfying(
                ExecutorException.class, e -> assertThat(e.kind()).isEqualTo(ExecutorException.Kind.conflict)).hasMessageContaining("not running");
    }

    @Test
    void aTerminalHasASizeThatChanges() throws Exception {
        start("read a; stty size; read b; stty size; exit 7", true, "--tty");
        try (ExecSession session = executor.attach(JOB, 101, 31)) {
            session.stdin().write("\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(readUntil(session.stdout(), "31 101")).contains("31 101");
            session.resize(90, 20);
            session.stdin().write("\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(readUntil(session.stdout(), "20 90")).contains("20 90");
            assertThat(session.exitCode()).isEqualTo(7);
        }
    }

    private static String readUntil(InputStream stream, String wanted) throws IOException {
        StringBuilder seen = new StringBuilder();
        while (seen.indexOf(wanted) < 0) {
            int next = stream.read();
            if (next < 0) throw new IOException("ended after: " + seen);
            seen.append((char) next);
        }
        return seen.toString();
    }

    @Test
    void aClientThatGoesEndsTheInputAndNothingElse() throws Exception {
        start("cat > /dev/null; echo over; exit 4", true);
        executor.attach(JOB, 0, 0).close();
        awaitEnded();
        assertThat(executor.inspect(JOB).orElseThrow().exitCode()).contains(4);
    }

    @Test
    void aRunningServiceIsHeardFromNowOnAndLeftRunning() throws Exception {
        start("trap 'exit 0' TERM; while :; do echo tick; sleep 0.1; done", false);
        try (ExecSession session = executor.attach(JOB, 0, 0)) {
            readUntil(session.stdout(), "tick\ntick");
        }
        assertThat(executor.inspect(JOB).orElseThrow().state()).isEqualTo(Running.State.running);
    }

    @Test
    void aRemovedOneEndsItsSession() throws Exception {
        start("cat", true);
        try (ExecSession session = executor.attach(JOB, 0, 0)) {
            executor.remove(JOB);
            assertThat(session.stdout().readAllBytes()).isEmpty();
            assertThatThrownBy(session::exitCode).isInstanceOf(ExecutorException.class).hasMessageContaining("removed");
        }
    }
}
