package concierge.executor.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.executor.Executor;
import concierge.executor.Running;
import concierge.executor.Workload;
import concierge.model.Digest;
import concierge.model.InstanceId;
import concierge.model.Resources;
import concierge.model.ServiceSpec;
import concierge.testing.DockerEngine;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How soon, and with which facts, a death is told and answered, by the engine's own list of requests. */
class DockerDeathsIT {
    private static final InstanceId WEB = InstanceId.parse("shop/default/web/1");
    private static DockerEngine engine;

    @TempDir
    Path folder;

    private final ConcurrentLinkedQueue<Running> told = new ConcurrentLinkedQueue<>();
    private DockerExecutor executor;
    private AutoCloseable watch = () -> {};

    @BeforeAll
    static void startEngine() {
        engine = DockerEngine.start("--debug");
    }

    @AfterAll
    static void stopEngine() {
        if (engine != null) engine.close();
    }

    @BeforeEach
    void open() {
        executor = new DockerExecutor(DockerSettings.of("death-tests", folder).withEngine(engine.address()));
    }

    @AfterEach
    void removeAll() throws Exception {
        watch.close();
        executor.remove(WEB);
        executor.close();
    }

    private void watch() {
        watch = executor.watch(new Executor.Watcher() {
            @Override
            public void changed(Running instance) {
                told.add(instance);
            }

            @Override
            public void gap() {
                throw new AssertionError("nothing breaks here");
            }
        });
    }

    private static Workload web(long generation, List<String> command, long memory) {
        ServiceSpec spec = ServiceSpec.of("busybox:stable").with().command(command).resources(new Resources(0, memory)).build();
        return new Workload(WEB, generation, Digest.of("x"), spec, new TreeMap<>(), Map.of(), "127.0.0.1");
    }

    private static Workload web() {
        return web(1, List.of("sleep", "100000"), 0);
    }

    private Running awaitTold(Running.State state) {
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> told.stream().anyMatch(it -> it.state() == state));
        return told.stream().filter(it -> it.state() == state).findFirst().orElseThrow();
    }

    private static void kill(Running running) {
        long pid = engine.raw().get("/containers/" + running.name() + "/json").ok().json().at("/State/Pid").asLong();
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
    }

    @Test
    void aDeathIsToldAndAnsweredWithAStartWithoutAQuestion() {
        watch();
        Running first = executor.ensure(web(), _ -> {});
        awaitTold(Running.State.running);
        kill(first);
        int before = engine.requests().size();
        Running ended = awaitTold(Running.State.ended);
        Running second = executor.ensure(web(), _ -> {});

        List<String> asked = engine.requests().subList(before, engine.requests().size());
        assertThat(asked.getFirst()).matches("POST /v[0-9.]+/containers/[0-9a-f]+/start");
        assertThat(ended.started()).isEqualTo(first.started());
        assertThat(ended.exitCode()).contains(137);
        assertThat(ended.generation()).isEqualTo(1);
        assertThat(second.state()).isEqualTo(Running.State.running);
        assertThat(second.started().orElseThrow()).isAfter(first.started().orElseThrow());
    }

    @Test
    void eachOfSeveralDeathsIsToldOfItsOwnRun() {
        watch();
        Running run = executor.ensure(web(), _ -> {});
        for (int i = 0; i < 3; i++) {
            told.clear();
            kill(run);
            assertThat(awaitTold(Running.State.ended).started()).isEqualTo(run.started());
            run = executor.ensure(web(), _ -> {});
        }
    }

    @Test
    void aDeathForWantOfMemoryIsToldAsSuch() {
        watch();
        executor.ensure(web(1, List.of("sh", "-c", "sleep 0.5; exec dd if=/dev/zero of=/dev/null bs=200M count=1"), 32 << 20), _ -> {});
        Running ended = awaitTold(Running.State.ended);
        assertThat(ended.exitCode()).contains(137);
        assertThat(ended.oomKilled()).isTrue();
    }

    @Test
    void oneThatSomebodyElseStartedAgainIsLeftAlone() {
        Running first = executor.ensure(web(), _ -> {});
        kill(first);
        Awaitility.await().atMost(Duration.ofSeconds(20))
                .until(() -> executor.inspect(WEB).map(Running::state).equals(Optional.of(Running.State.ended)));
        engine.raw().post("/containers/" + first.name() + "/start").ok();
        String since = engine.raw().get("/containers/" + first.name() + "/json").ok().json().at("/State/StartedAt").asString();
        assertThat(executor.ensure(web(), _ -> {}).started().orElseThrow()).isEqualTo(Instant.parse(since));
    }

    @Test
    void oneOfAnotherGenerationIsNotStartedAgain() {
        Running first = executor.ensure(web(), _ -> {});
        kill(first);
        Awaitility.await().atMost(Duration.ofSeconds(20))
                .until(() -> executor.inspect(WEB).map(Running::state).equals(Optional.of(Running.State.ended)));
        assertThatThrownBy(() -> executor.ensure(web(2, List.of("sleep", "100000"), 0), _ -> {}))
                .hasMessageContaining("is of generation 1 (expected: 2");
        assertThat(executor.inspect(WEB).orElseThrow().state()).isEqualTo(Running.State.ended);
    }
}
