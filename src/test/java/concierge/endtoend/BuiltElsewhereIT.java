package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.testing.EngineCluster;
import concierge.testing.RawDocker;
import concierge.testing.Registry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A server whose machine has no engine, and three machines that have one: what it deploys is built there, comes to whoever
 * needs it, reaches what it is linked to, and is gone from everywhere after a reset.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BuiltElsewhereIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String SLEEP = "trap \"exit 0\" TERM; while :; do sleep 1 & wait $!; done";

    @TempDir
    static Path folder;

    private static Machines machines;
    private static Installation server;

    @BeforeAll
    static void start() {
        machines = Machines.start(folder, List.of("s1"), 3, 1, "--insecure-registry", "10.77.0.0/24");
        server = machines.server("s1");
    }

    @AfterAll
    static void stop() {
        machines.close();
    }

    private static void await(String what, BooleanSupplier condition) {
        try {
            Installation.await(what, LIMIT, condition);
        } catch (org.awaitility.core.ConditionTimeoutException e) {
            throw new AssertionError(what + ": " + server.concierge("ps") + "\n" + machines.logs(), e);
        }
    }

    private static Installation.Outcome up(String name, String file) {
        Installation.Outcome up = server.concierge("up", Stacks.folder(folder, name, file).toString());
        assertThat(up.exit()).as(up + "\n" + machines.logs()).isZero();
        return up;
    }

    private static String agentLog(String host) {
        return read(machines.agentLog(host));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String stack(String text) {
        return """
                viking: {name: shop}
                build:
                  app: |
                    FROM busybox:stable
                    COPY text /text
                    RUN echo %s >> /text
                deploy:
                  web:
                    image: viking:shop/app
                    filter: [on-node2]
                    stop_grace: 1s
                    update: {monitor: 1s}
                    run: [sh, -c, 'cat /text; %s']
                """.formatted(text, SLEEP);
    }

    @Test
    @Order(1)
    void aServerWithoutAnEngineBuildsOnAHostThatHasOneAndOthersFetchIt() throws Exception {
        Files.writeString(Stacks.folder(folder, "shop", "").resolve("text"), "from the context\n");
        for (String text : List.of("hello", "changed")) {
            Installation.Outcome up = up("shop", stack(text));
            assertThat(up.out() + up.err()).contains("building on host node1");
            assertThat(server.instance("shop", "web").get("host").asString()).isEqualTo("node2");
            assertThat(server.must("exec", "shop/web", "--", "cat", "/text").out()).isEqualTo("from the context\n" + text + "\n");
        }
        assertThat(agentLog("node2")).contains("image fetched image=concierge/shop-app:").contains("from=node1");
        assertThat(server.must("plan", folder.resolve("shop").toString()).out()).doesNotContain("build concierge");
        Files.createDirectories(folder.resolve("heir"));
        up("heir", """
                viking: {name: heir}
                build:
                  broken: |
                    FROM viking:shop/app
                    RUN grep -q changed /text
                deploy:
                  one: {image: viking:heir/broken, stop_grace: 1s, update: {monitor: 1s}, run: [sh, -c, '%s']}
                """.formatted(SLEEP));
        server.must("down", "heir");
    }

    @Test
    @Order(2)
    void aContainerReachesWhatItIsLinkedToOnAnotherMachineAlsoAfterThatMoved() {
        up("chain", """
                viking: {name: chain}
                deploy:
                  backend:
                    image: busybox:stable
                    filter: [further]
                    expose: [8000]
                    health: http:/
                    stop_grace: 1s
                    run: [sh, -c, 'mkdir /www && echo $VIKING_ID at work > /www/index.html && exec busybox httpd -f -p 8000 -h /www']
                  client:
                    image: busybox:stable
                    filter: [on-node1]
                    link: [backend]
                    stop_grace: 1s
                    update: {monitor: 1s}
                    run: [sh, -c, '%s']
                """.formatted(SLEEP));
        String before = server.instance("chain", "backend").get("host").asString();
        assertThat(asked()).isEqualTo(address(before) + "\nchain/default/backend/1 at work\n");
        server.must("host", "drain", before);
        String after = before.equals("node2") ? "node3" : "node2";
        await("it moved and is reached there", () -> asked().startsWith(address(after)) && asked().contains("at work"));
        server.must("host", "uncordon", before);
        server.must("down", "chain");
    }

    private static String address(String host) {
        return machines.machine(host).node().address();
    }

    /** The address that a client has of what it is linked to, and what that answers. */
    private static String asked() {
        return server.concierge("exec", "chain/client", "--", "sh", "-c",
                "echo $BACKEND_PORT_8000_TCP_ADDR; wget -q -O - http://$BACKEND_PORT_8000_TCP_ADDR:$BACKEND_PORT_8000_TCP_PORT/").out();
    }

    @Test
    @Order(3)
    void withARegistryImagesArePushedAndPulledByWhoeverNeedsThem() throws Exception {
        try (Registry registry = Registry.startClosed(EngineCluster.ADDRESS, Files.createDirectories(folder.resolve("registry")))) {
            server.with("CONCIERGE_IMAGES__REGISTRY", registry.host() + "/team");
            server.must("server", "stop");
            server.must("server", "start");
            Stacks.folder(folder, "shop", stack("pushed"));
            Installation.Outcome refused = server.concierge("up", folder.resolve("shop").toString());
            assertThat(refused.exit()).as(refused.toString()).isNotZero();
            assertThat(refused.err()).contains("is built, but images.registry does not take it").contains("docker login " + registry.host());
            assertThat(server.must("exec", "shop/web", "--", "cat", "/text").out()).as("what ran runs on").contains("changed");

            for (String host : List.of("node1", "node2")) machines.machine(host).member().login(registry.host(), Registry.USER, Registry.PASSWORD);
            Installation.Outcome up = up("shop", stack("pushed"));
            assertThat(up.out() + up.err()).contains("pushing " + registry.host() + "/team/shop-app:");
            assertThat(server.must("exec", "shop/web", "--", "cat", "/text").out()).contains("pushed");
            assertThat(agentLog("node2")).contains("image pulled image=concierge/shop-app:").contains("source=" + registry.host() + "/team/shop-app@sha256:");
            assertThat(images(1)).as("no other names stay").allMatch(name -> name.startsWith("concierge/") || name.equals("busybox:stable"));
            Installation.Outcome again = up("shop", stack("pushed"));
            assertThat(again.out() + again.err()).as("it is there already").doesNotContain("pushing");
        }
    }

    private static RawDocker raw(int machine) {
        return machines.engines().node(machine).raw();
    }

    private static List<String> images(int machine) {
        List<String> names = new ArrayList<>();
        raw(machine).get("/images/json").ok().json().forEach(image -> image.path("RepoTags").forEach(name -> names.add(name.asString())));
        return names;
    }

    private static int labelled(int machine, String list) {
        int count = 0;
        JsonNode found = raw(machine).get(list).ok().json();
        for (JsonNode thing : list.equals("/volumes") ? found.path("Volumes") : found) if (thing.path("Labels").has("concierge.installation")) count++;
        return count;
    }

    /** Last: nothing is left after it. */
    @Test
    @Order(Integer.MAX_VALUE)
    void aResetOfAllHostsLeavesNothingAndTellsWhatItCouldNotReachAlsoWhenItWasKilledOnTheWay() throws Exception {
        for (int machine : List.of(2, 3)) {
            up("data" + machine, """
                    viking: {name: data%1$d}
                    deploy:
                      db: {image: busybox:stable, filter: [on-node%1$d], volume: [/data], stop_grace: 1s, update: {monitor: 1s}, run: [sh, -c, '%2$s']}
                    """.formatted(machine, SLEEP));
        }
        machines.engines().node(3).crash();
        await("node3 is lost", () -> !machines.up().contains("node3"));
        Installation.Outcome alone = server.concierge("reset", "--yes");
        assertThat(alone.exit()).as(alone.toString()).isNotZero();
        assertThat(alone.err()).contains("the state is shared by the hosts node1, node2").contains("concierge reset --all-hosts");

        Path said = folder.resolve("reset.log");
        Process killed = server.startInto(said, "reset", "--all-hosts", "--yes");
        await("it has begun", () -> read(said).contains("removing "));
        Installation.kill9(killed.pid());
        assertThat(read(said)).contains("host node3 is not cleared: it is not there").contains("1 instance (data3/default/db/1)").contains("label=concierge.installation=");

        assertThat(server.must("reset", "--all-hosts", "--yes").err()).doesNotContain("left behind");

        for (int machine : List.of(1, 2)) {
            assertThat(images(machine)).containsExactly("busybox:stable");
            assertThat(labelled(machine, "/containers/json?all=1") + labelled(machine, "/networks")).isZero();
            Machines.Machine gone = machines.machine("node" + machine);
            await("its agent has ended", () -> !gone.agentRuns());
            assertThat(gone.member().home().resolve("secrets.key")).doesNotExist();
        }
        assertThat(labelled(2, "/volumes")).as("volumes stay").isEqualTo(1);
        assertThat(server.home().resolve("secrets.key")).doesNotExist();
        assertThat(machines.etcd().control("get", "--prefix", "--keys-only", "/test/").strip()).isEmpty();
    }
}
