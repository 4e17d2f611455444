package concierge.executor.swarm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.Running;
import concierge.executor.Workload;
import concierge.executor.docker.DockerSettings;
import concierge.model.Digest;
import concierge.model.EngineOptions;
import concierge.model.InstanceId;
import concierge.model.Resources;
import concierge.model.ServiceSpec;
import concierge.model.Volume;
import concierge.testing.EngineCluster;
import concierge.testing.EngineNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What the contract cannot know, on two nodes that both manage their Swarm. */
class SwarmFailuresIT {
    private static final String OBEDIENT = "trap 'exit 7' TERM; while :; do sleep 0.1; done";

    private static EngineCluster cluster;
    private SwarmExecutor executor;

    @TempDir
    Path logs;

    @BeforeAll
    static void start() {
        cluster = EngineCluster.start(2).swarm(2);
    }

    @AfterAll
    static void stop() {
        if (cluster != null) cluster.close();
    }

    @BeforeEach
    void open() {
        executor = executor(cluster.node(1));
    }

    @AfterEach
    void close() {
        for (Running running : executor.list()) executor.remove(running.instance());
        executor.close();
    }

    private SwarmExecutor executor(EngineNode node) {
        return new SwarmExecutor(DockerSettings.of("failures", logs).withEngine(node.engine()));
    }

    private static Workload workload(String service, int generation, ServiceSpec spec) {
        return new Workload(InstanceId.parse("shop/default/" + service + "/1"), generation, Digest.of(spec.toString()), spec, new TreeMap<>(), Map.of(), "0.0.0.0");
    }

    private Running ensure(String service, int generation, ServiceSpec spec) {
        return executor.ensure(workload(service, generation, spec), _ -> {});
    }

    private List<String> output(String service) {
        List<String> lines = new ArrayList<>();
        executor.logs(InstanceId.parse("shop/default/" + service + "/1"), new Executor.LogQuery(false, Optional.empty(), -1), (_, _, text) -> lines.add(text));
        return lines;
    }

    /** By hand, as {@code docker node update} and {@code promote} do. */
    private static void change(EngineNode by, EngineNode node, String field, String value) {
        for (JsonNode member : by.raw().get("/nodes").ok().json()) {
            if (!member.at("/Description/Hostname").asString().equals(node.name())) continue;
            ObjectNode spec = (ObjectNode) member.path("Spec");
            spec.put(field, value);
            by.raw().post("/nodes/" + member.path("ID").asString() + "/update?version=" + member.at("/Version/Index").asLong(), spec).ok();
        }
    }

    @Test
    void aVolumeKeepsItsInstanceOnItsNode() {
        ServiceSpec spec = OneNode.shell("cat /data/file; echo kept > /data/file; " + OBEDIENT)
                .with().volumes(List.of(new Volume(Optional.empty(), "/data"))).pinned(true).options(new EngineOptions(List.of("--constraint=node.hostname==node2"))).build();
        ServiceSpec anywhere = spec.with().options(EngineOptions.NONE).build();
        InstanceId db = InstanceId.parse("shop/default/db/1");
        assertThat(ensure("db", 1, spec).remark()).isEqualTo("on node2");
        executor.remove(db);
        assertThat(ensure("db", 2, anywhere).remark()).isEqualTo("on node2");
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> output("db").contains("kept"));
        executor.remove(db);

        change(cluster.node(1), cluster.node(2), "Availability", "drain");
        try {
            assertThatThrownBy(() -> ensure("db", 3, anywhere)).isInstanceOf(ExecutorException.class)
                    .hasMessageContaining("no suitable node").hasMessageEndingWith("it belongs to node node2, which is drain");
        } finally {
            change(cluster.node(1), cluster.node(2), "Availability", "active");
        }
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> executor.inspect(db).orElseThrow().state() == Running.State.running);
        assertThat(executor.removeVolumes("shop").kept()).singleElement().asString().startsWith("volumes of shop/db/1: on node node2");
    }

    @Test
    void whatFitsNoNodeIsToldInSwarmsWordsAndRunsWhenItFits() {
        ServiceSpec large = OneNode.shell(OBEDIENT).with().resources(new Resources(1_000_000, 0)).build();
        assertThatThrownBy(() -> ensure("large", 1, large)).isInstanceOfSatisfying(ExecutorException.class, e ->
                assertThat(e.kind()).isEqualTo(ExecutorException.Kind.exhausted)).hasMessageContaining("insufficient resources on 2 nodes");
        assertThat(executor.list()).singleElement().extracting(Running::state).isEqualTo(Running.State.created);
    }

    @Test
    void aMissingImageNamesTheNode() {
        ServiceSpec missing = ServiceSpec.of("nosuch:1").with().options(new EngineOptions(List.of("--constraint=node.hostname==node2"))).build();
        assertThatThrownBy(() -> ensure("missing", 1, missing)).isInstanceOfSatisfying(ExecutorException.class, e ->
                assertThat(e.kind()).isEqualTo(ExecutorException.Kind.imageMissing)).hasMessageStartingWith("image: nosuch:1 is not on node node2");
    }

    @Test
    void outputOfATerminalComesUnframed() {
        ensure("tty", 1, OneNode.shell("echo shown; " + OBEDIENT).with().options(new EngineOptions(List.of("--tty"))).build());
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> output("tty").equals(List.of("shown")));
    }

    @Test
    void anEngineThatManagesNoMoreIsAwayAndItsInstancesAreFoundByAnother() {
        Running running = ensure("web", 1, OneNode.shell(OBEDIENT));
        EngineNode first = cluster.node(1);
        EngineNode second = cluster.node(2);
        change(second, first, "Role", "worker");
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> executor.availability().text().contains("is a worker of its Swarm"));
        assertThat(executor.availability().available()).isFalse();
        assertThatThrownBy(() -> executor.list()).isInstanceOfSatisfying(ExecutorException.class, e ->
                assertThat(e.kind()).isEqualTo(ExecutorException.Kind.unavailable));
        try (SwarmExecutor other = executor(second)) {
            assertThat(other.list()).containsExactly(running);
        }
        change(second, first, "Role", "manager");
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> executor.availability().available());
        assertThat(executor.list()).containsExactly(running);
    }
}
