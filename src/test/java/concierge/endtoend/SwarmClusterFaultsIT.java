package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Three machines whose engines are one Swarm that each of them manages, each with an agent that could serve it, two
 * servers and three etcd members, while a client asks the routed service all the time: whatever dies, everything
 * converges and nothing runs twice.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SwarmClusterFaultsIT {
    private static final int WEB = 27;
    private static final int DATA = 3;
    private static final int ALL = WEB + DATA;

    /** Thirty tasks of a Swarm on a busy machine. */
    private static final Duration LIMIT = Duration.ofSeconds(150);

    /**
     * Requests of a lost machine's time that may fail: a third of the instances is there, and each is found out by three
     * checks in a row. The rest is asked elsewhere.
     */
    private static final double LOST = 0.05;

    private static final String STACK = """
            viking:
              name: shop
            deploy:
              web:
                image: busybox:stable
                executor: swarm
                scale: %d
                expose: [8000]
                health: {http: /, interval: 1s}
                stop_grace: 2s
                update: {parallel: 9, monitor: 1s}
                run: [sh, -c, 'mkdir /www && echo hello > /www/index.html && exec busybox httpd -f -p 8000 -h /www']
                domains: [shop.localhost]
              data:
                image: busybox:stable
                executor: swarm
                scale: %d
                volume: [/data]
                stop_grace: 1s
                update: {monitor: 1s}
                run: [sh, -c, 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done']
            """.formatted(WEB, DATA);

    @TempDir
    static Path folder;

    private static Machines cluster;
    private static Hammer client;

    @BeforeAll
    static void deploy() {
        long began = System.nanoTime();
        cluster = Machines.startSwarm(folder, List.of("s1", "s2"), 3);
        report("three machines, two servers and etcd started", began);
        began = System.nanoTime();
        cluster.server("s2").must("up", Stacks.folder(folder, "shop", STACK).toString());
        report("thirty instances deployed", began);
        await("the router of s1", () -> cluster.server("s1").route("shop.localhost").statusCode() == 200);
        client = new Hammer(cluster.server("s1").server().get("router").asString(), "shop.localhost", "hello\n");
    }

    @AfterAll
    static void stop() {
        if (client != null) client.close();
        if (cluster != null) cluster.close();
    }

    private static void await(String what, BooleanSupplier condition) {
        try {
            Installation.await(what, LIMIT, condition);
        } catch (org.awaitility.core.ConditionTimeoutException e) {
            throw new AssertionError(what + ": " + cluster.anyServer().concierge("ps") + cluster.anyServer().concierge("hosts") + cluster.running() + "\n" + cluster.logs(), e);
        }
    }

    /** All are ready where the state says so, and nothing else runs anywhere. */
    private static boolean converged() {
        if (!cluster.anyServer().allReady("shop", ALL)) return false;
        Map<String, List<Instant>> running = cluster.running();
        return running.size() == ALL && running.values().stream().allMatch(starts -> starts.size() == 1);
    }

    private static void report(String what, long began) {
        System.out.println("swarm faults: " + what + ": " + Duration.ofNanos(System.nanoTime() - began).toMillis() + " ms");
    }

    /** What the client has seen since it was last asked. */
    private static Hammer.Tally seen(String during) {
        Hammer.Tally tally = client.next();
        System.out.println("swarm faults: " + during + ": " + tally);
        return tally;
    }

    /** Nodes by instance, as {@code ps} shows them. */
    private static Map<String, String> placements() {
        Map<String, String> placements = new TreeMap<>();
        for (JsonNode instance : cluster.anyServer().instances("shop")) {
            placements.put("shop-default-" + instance.get("service").asString() + "-" + instance.get("n").asInt(), instance.get("reason").asString(""));
        }
        return placements;
    }

    /** Where they really run. */
    private static Map<String, String> places() {
        Map<String, String> places = new TreeMap<>();
        for (Machines.Machine machine : cluster.machines()) machine.running().keySet().forEach(name -> places.put(name, "on " + machine.node().name()));
        return places;
    }

    private static Set<String> of(String service, Map<String, ?> running) {
        return running.keySet().stream().filter(name -> name.contains("-" + service + "-")).collect(Collectors.toCollection(TreeSet::new));
    }

    /** A change is carried out: a stack of its own appears or goes, so that all else can be told to be untouched. */
    private static void changed(Installation through, int scale) {
        String file = Stacks.sleepers("probe", scale).replace("executor: [docker, process]", "executor: swarm");
        if (scale == 0) through.must("down", "probe");
        else through.must("up", Stacks.folder(folder, "probe", file).toString());
        await("carried out", () -> of("sleeper", cluster.running()).size() == scale);
    }

    @Test
    @Order(1)
    void instancesAreOnAllNodesAndPsTellsWhere() {
        await("settled", SwarmClusterFaultsIT::converged);
        Map<String, String> places = places();
        assertThat(new TreeSet<>(places.values())).containsExactly("on node1", "on node2", "on node3");
        assertThat(placements()).isEqualTo(places);
        assertThat(cluster.anyServer().must("ps").out()).containsPattern("shop/web/27.*swarm.*on node\\d");
        assertThat(seen("nothing").failed()).isEmpty();
    }

    @Test
    @Order(2)
    void anotherManagersAgentTakesTheSwarmOverAndTouchesNothing() {
        Map<String, List<Instant>> before = cluster.running();
        Machines.Machine serving = cluster.serving();
        long began = System.nanoTime();
        serving.killAgent();
        await("another one serves", () -> cluster.isServedByOther(serving));
        report("the Swarm's agent killed to another one serving", began);
        changed(cluster.server("s1"), 1);
        report("the Swarm's agent killed to a change carried out", began);
        assertThat(cluster.running()).as("nothing was touched").containsAllEntriesOf(before);
        changed(cluster.server("s2"), 0);
        serving.startAgent();
        aDeathIsSeen();
        await("both are hosts", () -> cluster.up().size() == 4);
        assertThat(cluster.serving()).as("who serves goes on").isNotSameAs(serving);
        assertThat(seen("the Swarm's agent dead").failed()).isEmpty();
    }

    /** What the new one shows is what happens: one instance ends and is started again. */
    private static void aDeathIsSeen() {
        Machines.Machine machine = cluster.machine("node3");
        String victim = of("data", machine.running()).iterator().next();
        Instant then = Instant.now();
        machine.killContainer(victim);
        await("started again", () -> machine.running().getOrDefault(victim, List.of()).stream().anyMatch(then::isBefore) && converged());
        String n = victim.substring(victim.lastIndexOf('-') + 1);
        JsonNode shown = cluster.anyServer().instances("shop").stream()
                .filter(it -> it.get("service").asString().equals("data") && it.get("n").asString().equals(n)).findFirst().orElseThrow();
        assertThat(shown.get("restarts").asInt()).as(shown.toString()).isEqualTo(1);
    }

    @Test
    @Order(3)
    void theNextServerLeadsWhenOneDies() {
        Map<String, List<Instant>> before = cluster.running();
        String dead = cluster.leader();
        String other = dead.equals("s1") ? "s2" : "s1";
        long began = System.nanoTime();
        Installation.kill9(cluster.server(dead).serverPid());
        changed(cluster.server(other), 1);
        report("leader killed to a change carried out", began);
        cluster.server(dead).must("server", "start");
        changed(cluster.server(dead), 0);
        assertThat(cluster.running()).as("nothing was touched").isEqualTo(before);
        assertThat(seen("the leader dead").failed()).isEmpty();
    }

    @Test
    @Order(4)
    void whatAManagerThatDiesRanRunsElsewhereAlthoughItServedTheSwarm() {
        Machines.Machine dead = cluster.serving();
        Set<String> fixed = of("data", dead.running());
        long began = System.nanoTime();
        dead.node().crash();
        await("another one serves", () -> cluster.isServedByOther(dead));
        report("a manager that served dead to another one serving", began);
        awaitElsewhere(dead, "a manager that served dead", began);
        await("the node is shown as down", () -> cluster.anyServer().must("hosts").out().matches("(?s).*" + dead.node().name() + " +✗ down.*"));
        assertThat(of("data", cluster.running())).as("those with volumes wait").doesNotContainAnyElementsOf(fixed);
        began = System.nanoTime();
        dead.boot();
        await("back", SwarmClusterFaultsIT::converged);
        report("booted to its fixed instances ready again", began);
        assertThat(dead.running().keySet()).as("only what has its volumes there comes back").isEqualTo(fixed);
        assertThat(seen("a manager booted").failed()).isEmpty();
    }

    @Test
    @Order(5)
    void whatACutOffMachineRanIsStoppedThereWhenItIsBack() {
        Machines.Machine lonely = cluster.machines().stream()
                .filter(machine -> machine != cluster.serving() && !of("web", machine.running()).isEmpty()).findFirst().orElseThrow();
        Set<String> fixed = of("data", lonely.running());
        long began = System.nanoTime();
        lonely.node().cutOff();
        awaitElsewhere(lonely, "a machine cut off", began);
        began = System.nanoTime();
        lonely.node().reconnect();
        await("what was replaced is stopped", SwarmClusterFaultsIT::converged);
        report("reconnected to all that was replaced stopped there", began);
        assertThat(lonely.running().keySet()).isEqualTo(fixed);
        assertThat(placements()).isEqualTo(places());
        assertThat(seen("a machine reconnected").failed()).isEmpty();
    }

    private static void awaitElsewhere(Machines.Machine lost, String what, long began) {
        await("replacements", () -> {
            List<JsonNode> webs = cluster.anyServer().instances("shop").stream().filter(it -> it.get("service").asString().equals("web")).toList();
            return webs.size() == WEB && webs.stream().allMatch(it ->
                    it.get("state").asString().equals("ready") && !it.get("reason").asString("").contains(lost.node().name()));
        });
        report(what + " to its instances ready elsewhere", began);
        Hammer.Tally tally = seen(what);
        assertThat(tally.failedPart()).as(tally.toString()).isLessThan(LOST);
    }

    @Test
    @Order(6)
    void everythingStartsAnewAndNothingIsTouched() {
        Map<String, List<Instant>> before = cluster.running();
        for (String server : List.of("s1", "s2")) Installation.kill9(cluster.server(server).serverPid());
        cluster.machines().forEach(Machines.Machine::killAgent);
        cluster.etcd().killAll();
        cluster.etcd().startAll();
        long began = System.nanoTime();
        cluster.etcd().awaitHealthy();
        cluster.machines().forEach(Machines.Machine::startAgent);
        for (String server : List.of("s1", "s2")) cluster.server(server).must("server", "start");
        await("hosts", () -> cluster.up().size() == 4);
        changed(cluster.server("s2"), 1);
        report("everything started anew to a change carried out", began);
        changed(cluster.server("s1"), 0);
        await("as before", SwarmClusterFaultsIT::converged);
        assertThat(cluster.running()).as("nothing was touched").isEqualTo(before);
        assertThat(seen("everything started anew").failed()).isEmpty();
    }
}
