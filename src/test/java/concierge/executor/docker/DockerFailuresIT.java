package concierge.executor.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.Running;
import concierge.executor.Workload;
import concierge.model.Digest;
import concierge.model.InstanceId;
import concierge.model.Port;
import concierge.model.ServiceSpec;
import concierge.testing.DockerEngine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Engines that are killed, restarted, gone, or hang. */
class DockerFailuresIT {
    private static final InstanceId WEB = InstanceId.parse("shop/default/web/1");
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private static final class Seen implements Executor.Watcher {
        final ConcurrentLinkedQueue<Running> changes = new ConcurrentLinkedQueue<>();
        final AtomicInteger gaps = new AtomicInteger();

        @Override
        public void changed(Running instance) {
            changes.add(instance);
        }

        @Override
        public void gap() {
            gaps.incrementAndGet();
        }
    }

    private DockerExecutor open(DockerEngine engine) {
        return new DockerExecutor(DockerSettings.of("failure-tests", folder).withEngine(engine.address()));
    }

    private static Workload web() {
        ServiceSpec spec = ServiceSpec.of("busybox:stable").with()
                .command(List.of("sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"))
                .ports(List.of(Port.tcp(80)))
                .build();
        return new Workload(WEB, 1, Digest.of("x"), spec, new TreeMap<>(), Map.of(), "127.0.0.1");
    }

    @Test
    void aKilledEngineWithLiveRestoreKeepsWhatRunsAndTheWatchGoesOn() throws Exception {
        try (DockerEngine engine = DockerEngine.start("--live-restore"); DockerExecutor executor = open(engine)) {
            Running before = executor.ensure(web(), _ -> {});
            Seen seen = new Seen();
            try (AutoCloseable _ = executor.watch(seen)) {
                engine.kill();
                assertThat(executor.availability().available()).isFalse();
                assertThatThrownBy(executor::list).isInstanceOfSatisfying(
                        ExecutorException.class, e -> assertThat(e.kind()).isEqualTo(ExecutorException.Kind.unavailable));
                engine.startAgain();
                Awaitility.await().atMost(PATIENCE).until(() -> seen.gaps.get() > 0);
                assertThat(executor.ensure(web(), _ -> {})).isEqualTo(before);
                executor.stop(WEB, Duration.ofSeconds(5));
                Awaitility.await().atMost(PATIENCE).until(
                        () -> seen.changes.stream().anyMatch(running -> running.state() == Running.State.ended));
            }
        }
    }

    @Test
    void aKilledEngineWithoutLiveRestoreShowsEndsAndStartsAgainInPlace() {
        try (DockerEngine engine = DockerEngine.start(); DockerExecutor executor = open(engine)) {
            Running before = executor.ensure(web(), _ -> {});
            engine.kill();
            engine.startAgain();
            assertThat(executor.inspect(WEB).orElseThrow().state()).isEqualTo(Running.State.ended);
            Running after = executor.ensure(web(), _ -> {});
            assertThat(after.state()).isEqualTo(Running.State.running);
            assertThat(after.ports()).isEqualTo(before.ports());
            assertThat(after.name()).isEqualTo(before.name());
        }
    }

    @Test
    void aHangingEngineIsUnavailableWithinTheLimitAndFineAfterwards() {
        try (DockerEngine engine = DockerEngine.start(); DockerExecutor executor = open(engine)) {
            Running before = executor.ensure(web(), _ -> {});
            engine.hang();
            try {
                long start = System.nanoTime();
                Executor.Availability availability = executor.availability();
                assertThat(availability.available()).isFalse();
                assertThat(availability.text()).contains("within 5 s", engine.socket().toString());
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
            } finally {
                engine.resume();
            }
            assertThat(executor.inspect(WEB)).contains(before);
        }
    }

    @Test
    void noEngineIsToldWithItsAddress() {
        try (DockerExecutor executor = new DockerExecutor(
                DockerSettings.of("failure-tests", folder).withEngine("unix://" + folder + "/none.sock"))) {
            assertThat(executor.availability().available()).isFalse();
            assertThat(executor.availability().text()).contains(folder + "/none.sock");
            assertThatThrownBy(() -> executor.ensure(web(), _ -> {})).isInstanceOfSatisfying(
                    ExecutorException.class, e -> assertThat(e.kind()).isEqualTo(ExecutorException.Kind.unavailable));
        }
    }
}
