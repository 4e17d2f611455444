package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.testing.EngineCluster;
import concierge.testing.EngineNode;
import concierge.testing.Registry;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Three engines that are one Swarm, and the real program beside them: one stack's life on it. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SwarmIT {
    private static final Duration SOON = Duration.ofSeconds(60);

    private static EngineCluster cluster;
    private static Installation installation;

    @TempDir
    static Path folder;

    @BeforeAll
    static void install() {
        cluster = EngineCluster.start(3, "--insecure-registry", "10.77.0.0/24").swarm(1);
        int queue = Installation.freePort();
        installation = new Installation(cluster.node(1).engine())
                .with("CONCIERGE_QUEUE__ENABLED", "true").with("CONCIERGE_QUEUE__PORT", Integer.toString(queue))
                .with("CONCIERGE_PORTIER_ENDPOINT", "http://127.0.0.1:" + queue).with("CONCIERGE_IDENTITY", "self")
                .with("CONCIERGE_TYPES__sleeper", "{image = 'busybox:stable', run = ['sh', '-c', 'echo progress naps=7; sleep 1000'], stop_grace = '1s'}");
    }

    @AfterAll
    static void remove() throws IOException {
        try {
            if (installation != null) installation.close();
        } finally {
            if (cluster != null) cluster.close();
        }
    }

    private static String web(int scale, String text) {
        String file = Stacks.web("shop", scale, text).replace("executor: [docker, process]", "executor: swarm");
        String faster = file.replace("    stop_grace: 2s", "    update: {parallel: 3}\n    stop_grace: 2s\n    secrets: [pass]\n    resources: {memory: 64M, cpu: 50m}");
        return faster + """
                  client:
                    image: busybox:stable
                    executor: swarm
                    link: web
                    stop_grace: 1s
                    health: {exec: [sh, -c, 'test -e /tmp/found']}
                    run: [sh, -c, 'trap "exit 0" TERM; until wget -q -O /tmp/found http://$WEB_PORT_8000_TCP_ADDR:$WEB_PORT_8000_TCP_PORT/; do sleep 1; done; cat /tmp/found; while :; do sleep 1 & wait $!; done']
                """;
    }

    private static String stack(int scale, String text) {
        return Stacks.folder(folder, "shop", web(scale, text)).toString();
    }

    private static boolean ready(int webs) {
        return installation.allReady("shop", webs + 1);
    }

    /** Where they run, by name. */
    private static List<String> nodes() {
        return installation.instances("shop").stream()
                .filter(instance -> instance.path("service").asString().equals("web"))
                .map(instance -> instance.path("reason").asString("").replaceFirst(".*on (node\\d).*", "$1"))
                .toList();
    }

    private static JsonNode onSwarm(String path) {
        return cluster.node(1).raw().get(path).ok().json();
    }

    /** Ids of those that run. */
    private static Set<String> tasks() {
        Set<String> tasks = new TreeSet<>();
        for (JsonNode task : onSwarm("/tasks")) if (task.path("DesiredState").asString().equals("running")) tasks.add(task.path("ID").asString());
        return tasks;
    }

    @Test
    @Order(1)
    void aSwarmIsOneHostWithTheRoomOfItsNodes() {
        installation.must("server", "start");
        installation.must("queue", "admit", "self");
        Installation.await("the Swarm", SOON, () -> installation.concierge("hosts").out().contains("node3"));
        String hosts = installation.must("hosts").out();
        assertThat(hosts).containsPattern("swarm +● up").containsPattern("node1 +● up.*manager.*10.77.0.11").containsPattern("node3 +● up.*10.77.0.13");
        JsonNode swarm = installation.api("/v1/server/swarm");
        long one = swarm.path("nodes").path(0).path("capacity").path("cpuMillis").asLong();
        assertThat(swarm.path("capacity").path("cpuMillis").asLong()).isEqualTo(3 * one);
        assertThat(installation.concierge(folder, "hunter2", "secret", "set", "shop", "pass").exit()).isZero();
        String plan = installation.concierge("plan", Stacks.folder(folder, "large",
                "viking: {name: large}\ndeploy: {a: {image: busybox:stable, executor: swarm, resources: {cpu: " + (one / 1000 + 1) + "}}}\n").toString()).out();
        assertThat(plan).contains("short of CPU");
    }

    @Test
    @Order(2)
    void instancesAreServicesOnAllNodesAndAreRouted() {
        Installation.Outcome up = installation.must("up", stack(3, "first"));
        assertThat(up.out()).contains("ready");
        assertThat(new TreeSet<>(nodes())).as("placements").isEqualTo(Set.of("node1", "node2", "node3"));
        for (int i = 0; i < 6; i++) assertThat(installation.route("shop.localhost").body()).contains("first");
        JsonNode services = onSwarm("/services");
        assertThat(services).hasSize(4);
        JsonNode one = onSwarm("/services/shop-default-web-1");
        assertThat(one.at("/Spec/TaskTemplate/Resources/Reservations/MemoryBytes").asLong()).isEqualTo(64L << 20);
        assertThat(one.at("/Spec/TaskTemplate/ContainerSpec/Secrets/0/File/Name").asString()).isEqualTo("pass");
        assertThat(one.at("/Spec/UpdateConfig/Parallelism").asInt()).isEqualTo(3);
        assertThat(one.at("/Spec/TaskTemplate/Placement/Constraints")).as("Swarm may heal anywhere").isEmpty();
        assertThat(installation.must("ps").out()).containsPattern("shop/web/1.*swarm.*on node\\d");
        assertThat(installation.must("logs", "shop/client").out()).contains("first");
        String here = installation.instances("shop").stream()
                .filter(instance -> instance.path("reason").asString().equals("on node1") && instance.path("service").asString().equals("web"))
                .findFirst().orElseThrow().path("n").asString();
        assertThat(installation.must("exec", "shop/web/" + here, "cat", "/run/secrets/pass").out()).contains("hunter2");
        String there = installation.instances("shop").stream()
                .filter(instance -> instance.path("reason").asString().equals("on node2") && instance.path("service").asString().equals("web"))
                .findFirst().orElseThrow().path("n").asString();
        assertThat(installation.concierge("exec", "shop/web/" + there, "true").toString()).contains("runs on node node2");
    }

    @Test
    @Order(3)
    void aTaskOfAQueueBecomesAService() {
        String task = installation.must("queue", "add", "sleeper", "{}").out().strip();
        Installation.await("the task", SOON, () -> installation.must("portier", "tasks").out().contains("naps 7"));
        JsonNode told = installation.must("portier", "tasks", "--json").json().at("/tasks/0");
        assertThat(told.path("host").asString()).isEqualTo("swarm");
        assertThat(told.path("state").asString()).isEqualTo("ready");
        assertThat(onSwarm("/services").findValuesAsString("concierge.instance")).contains("portier/sleeper/" + task + "/1");
        installation.must("queue", "rm", task);
        Installation.await("the service is gone", SOON, () -> !onSwarm("/services").toString().contains(task));
    }

    @Test
    @Order(4)
    void whatMayRunEitherWayGoesWhereItsListSaysFirstAndSoDoOneOffs() {
        installation.must("up", Stacks.folder(folder, "either", """
                viking: {name: either}
                deploy:
                  first: {image: busybox:stable, executor: [swarm, docker], stop_grace: 1s, run: sleep 1000, update: {monitor: 1s}}
                  second: {image: busybox:stable, executor: [docker, swarm], stop_grace: 1s, run: sleep 1000, update: {monitor: 1s}}
                """).toString());
        assertThat(installation.instance("either", "first").path("host").asString()).isEqualTo("swarm");
        assertThat(installation.instance("either", "second").path("executor").asString()).isEqualTo("docker");
        Installation.Outcome once = installation.must("run", "either/first", "sh", "-c", "echo one of $VIKING_STACK");
        assertThat(once.out()).contains("one of either");
        assertThat(installation.concierge("run", "either/first", "sh", "-c", "exit 3").exit()).isEqualTo(3);
        installation.must("down", "either");
    }

    private static String made(int scale, String text) {
        return Stacks.folder(folder, "made", """
                viking: {name: made}
                build:
                  app: |
                    FROM busybox:stable
                    RUN echo %s > /text
                deploy:
                  one: {image: viking:made/app, executor: swarm, scale: %d, stop_grace: 1s, update: {parallel: 3, monitor: 1s}, run: [sh, -c, 'cat /text; exec sleep 1000']}
                """.formatted(text, scale)).toString();
    }

    /** On the nodes, by their engines. */
    private static List<String> running(String image) {
        List<String> names = new ArrayList<>();
        for (EngineNode node : cluster.nodes()) {
            for (JsonNode container : node.raw().get("/containers/json").ok().json()) if (container.path("Image").asString().startsWith(image)) names.add(node.name());
        }
        return names;
    }

    @Test
    @Order(5)
    void whatIsBuiltRunsWhereItIsAndWithARegistryOnAllNodes() throws Exception {
        Installation.Outcome up = installation.must("up", made(2, "alone"));
        assertThat(up.toString()).contains("one: the image is built, and no registry has it: of the 3 nodes of the Swarm").contains("1 host has Docker").contains("images.registry");
        assertThat(running("concierge/made-app:")).containsExactly("node1", "node1");
        assertThat(installation.must("logs", "made").out()).contains("alone");
        try (Registry registry = Registry.startClosed(EngineCluster.ADDRESS, Files.createDirectories(folder.resolve("registry")))) {
            installation.login(registry.host(), Registry.USER, Registry.PASSWORD);
            installation.with("CONCIERGE_IMAGES__REGISTRY", registry.host() + "/team");
            Set<String> before = tasks();
            installation.must("server", "stop");
            installation.must("server", "start");
            Installation.await("again", SOON, () -> ready(3));
            assertThat(tasks()).as("a restart disturbs nothing").isEqualTo(before);
            Installation.Outcome pushed = installation.must("up", made(3, "everywhere"));
            assertThat(pushed.toString()).contains("pushing " + registry.host() + "/team/made-app:").doesNotContain("no registry has it");
            assertThat(running(registry.host() + "/team/made-app@sha256:")).containsExactly("node1", "node2", "node3");
        } finally {
            installation.must("down", "made");
        }
    }

    @Test
    @Order(7)
    void aNewVersionReplacesTheOld() {
        installation.must("up", stack(2, "second"));
        Installation.await("two", SOON, () -> ready(2));
        HttpResponse<String> answer = installation.route("shop.localhost");
        assertThat(answer.body()).contains("second");
    }

    @Test
    @Order(8)
    void downLeavesNothing() {
        installation.must("down", "shop");
        Installation.await("gone", SOON, () -> installation.instances("shop").isEmpty());
        assertThat(onSwarm("/services")).isEmpty();
        assertThat(onSwarm("/secrets")).isEmpty();
        assertThat(onSwarm("/networks").toString()).doesNotContain("shop");
    }
}
