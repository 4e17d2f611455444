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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Three machines with a Docker engine and an agent each, two servers and three etcd members, while a client asks the
 * routed service all the time: whatever dies, everything converges and nothing runs twice.
 */
class EngineClusterFaultsIT {
    private static final int WEB = 24;
    private static final int DATA = 3;
    private static final int ALL = WEB + 2 * DATA;

    /** Thirty containers on a busy machine. */
    private static final Duration LIMIT = Duration.ofSeconds(120);

    /** Longer than any lease lasts, and than clients wait for their store. */
    private static final Duration OUTAGE = Duration.ofSeconds(30);

    private static final String STACK = """
            viking:
              name: shop
            deploy:
              web:
                image: busybox:stable
                scale: %d
                expose: [8000]
                health: http:/
                stop_grace: 2s
                update: {parallel: 6, monitor: 1s}
                run: [sh, -c, 'mkdir /www && echo hello > /www/index.html && exec busybox httpd -f -p 8000 -h /www']
                domains: [shop.localhost]
              data:
                image: busybox:stable
                scale: %d
                volume: [/data]
                stop_grace: 1s
                update: {monitor: 1s}
                run: [sh, -c, 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done']
              single:
                image: busybox:stable
                scale: %d
                lost: stop
                stop_grace: 1s
                update: {monitor: 1s}
                run: [sh, -c, 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done']
            """.formatted(WEB, DATA, DATA);

    @TempDir
    static Path folder;

    private static Machines cluster;
    private static Hammer client;

    @BeforeAll
    static void deploy() {
        long began = System.nanoTime();
        cluster = Machines.start(folder, List.of("s1", "s2"), 3);
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
            throw new AssertionError(what + ": " + cluster.anyServer().concierge("ps") + cluster.spread() + cluster.running() + "\n" + cluster.logs(), e);
        }
    }

    /** All are ready where the state says so, and nothing else runs anywhere. */
    private static boolean converged() {
        if (!cluster.anyServer().allReady("shop", ALL)) return false;
        Map<String, List<Instant>> running = cluster.running();
        return running.size() == ALL && running.values().stream().allMatch(starts -> starts.size() == 1);
    }

    private static void report(String what, long began) {
        System.out.println("faults: " + what + ": " + Duration.ofNanos(System.nanoTime() - began).toMillis() + " ms");
    }

    /** What the client has seen since it was last asked. */
    private static Map<String, Integer> seen(String during) {
        Hammer.Tally tally = client.next();
        System.out.println("faults: " + during + ": " + tally);
        return tally.failed();
    }

    @Test
    void whatALostMachineRanRunsElsewhereAndOnlyThere() {
        aMachineDies();
        aMachineIsCutOff();
    }

    private void aMachineDies() {
        Machines.Machine dead = settled("node2");
        dead.node().crash();
        awaitElsewhere(dead, "a machine dead");
        long began = System.nanoTime();
        dead.boot();
        await("back", EngineClusterFaultsIT::converged);
        report("booted to its fixed instances ready again", began);
        assertThat(dead.running().keySet()).as("what was replaced stays away").allMatch(instance -> instance.contains("/data/"));
        assertThat(seen("a machine booted")).isEmpty();
    }

    private void aMachineIsCutOff() {
        Machines.Machine lonely = settled("node3");
        Map<String, List<Instant>> before = lonely.running();
        Instant cut = Instant.now();
        lonely.node().cutOff();
        awaitElsewhere(lonely, "a machine cut off");
        Map<String, Instant> ended = lonely.ended(cut);
        assertThat(ended.keySet()).as("only what must not run twice is stopped there").isNotEmpty().isEqualTo(of("single", before));
        Map<String, List<Instant>> elsewhere = new TreeMap<>();
        for (Machines.Machine other : cluster.machines()) if (other != lonely) elsewhere.putAll(other.running());
        ended.forEach((instance, at) -> assertThat(elsewhere.get(instance)).as(instance).allMatch(at::isBefore));
        assertThat(elsewhere.keySet()).as("fixed ones wait for it").doesNotContainAnyElementsOf(of("data", before));
        long began = System.nanoTime();
        lonely.node().reconnect();
        await("what was replaced is stopped", EngineClusterFaultsIT::converged);
        report("reconnected to all that was replaced stopped there", began);
        before.keySet().retainAll(of("data", before));
        assertThat(lonely.running()).as("what was not is adopted").isEqualTo(before);
        assertThat(seen("a machine reconnected")).isEmpty();
    }

    /** A machine on which some of everything runs, when nothing is under way. */
    private static Machines.Machine settled(String name) {
        cluster.server("s1").must("restart", "shop/web");
        await("settled", EngineClusterFaultsIT::converged);
        assertThat(cluster.machine(name).running()).as("on " + name).hasSizeGreaterThan(ALL / 6);
        assertThat(seen("instances replaced one after another")).as(() -> cluster.logs()).isEmpty();
        return cluster.machine(name);
    }

    private static Set<String> of(String service, Map<String, ?> running) {
        return running.keySet().stream().filter(instance -> instance.contains("/" + service + "/")).collect(Collectors.toCollection(TreeSet::new));
    }

    private static void awaitElsewhere(Machines.Machine lost, String what) {
        long began = System.nanoTime();
        await("replacements", () -> readyElsewhere(lost, "web") == WEB);
        report(what + " to its instances ready elsewhere", began);
        await("replacements", () -> readyElsewhere(lost, "single") == DATA);
        report(what + " to those that must not run twice ready elsewhere", began);
        seen(what);
    }

    private static long readyElsewhere(Machines.Machine lost, String service) {
        return cluster.anyServer().instances("shop").stream()
                .filter(it -> it.get("service").asString().equals(service))
                .filter(it -> it.get("state").asString().equals("ready") && !it.get("host").asString().equals(lost.node().name()))
                .count();
    }

    @Test
    void instancesAndRouterGoOnWhoeverElseIsAway() {
        await("settled", EngineClusterFaultsIT::converged);
        seen("nothing");
        Map<String, List<Instant>> before = cluster.running();
        theLeaderDies();
        aMemberOfEtcdDies();
        assertThat(cluster.running()).as("nothing was touched").isEqualTo(before);
        etcdIsAway();
        everythingStartsAnew();
    }

    private void theLeaderDies() {
        String dead = cluster.leader();
        String other = dead.equals("s1") ? "s2" : "s1";
        long began = System.nanoTime();
        Installation.kill9(cluster.server(dead).serverPid());
        changed(cluster.server(other), 1);
        report("leader killed to a change carried out", began);
        cluster.server(dead).must("server", "start");
        changed(cluster.server(dead), 0);
        assertThat(seen("the leader dead")).isEmpty();
    }

    /** A change is carried out: a stack of its own appears or goes, so that all else can be told to be untouched. */
    private static void changed(Installation through, int scale) {
        if (scale == 0) through.must("down", "probe");
        else through.must("up", Stacks.folder(folder, "probe", Stacks.sleepers("probe", scale)).toString());
        await("carried out", () -> cluster.running().keySet().stream().filter(it -> it.startsWith("probe/")).count() == scale);
    }

    private void aMemberOfEtcdDies() {
        int dead = cluster.etcd().leader();
        long began = System.nanoTime();
        cluster.etcd().kill(dead);
        changed(cluster.server("s1"), 1);
        report("etcd's leader killed to a change carried out", began);
        changed(cluster.server("s2"), 0);
        assertThat(seen("a member of etcd dead")).isEmpty();
        cluster.etcd().start(dead);
        cluster.etcd().awaitHealthy();
    }

    private void etcdIsAway() {
        Map<String, List<Instant>> before = cluster.running();
        cluster.etcd().killAll();
        Installation.hold(OUTAGE);
        Map<String, List<Instant>> left = new TreeMap<>(before);
        left.keySet().removeAll(of("single", before));
        assertThat(cluster.running()).as("instances run on without a store, but for those whose agents cannot know").isEqualTo(left);
        assertThat(seen("no etcd for " + OUTAGE.toSeconds() + " s")).isEmpty();
        cluster.etcd().startAll();
        long began = System.nanoTime();
        cluster.etcd().awaitHealthy();
        await("hosts", () -> cluster.up().size() == 3);
        changed(cluster.server("s1"), 1);
        report("etcd back to a change carried out", began);
        changed(cluster.server("s1"), 0);
        await("those are back", EngineClusterFaultsIT::converged);
        assertThat(cluster.running()).as("nothing was moved").containsAllEntriesOf(left);
        assertThat(seen("etcd back")).isEmpty();
    }

    private void everythingStartsAnew() {
        Map<String, List<Instant>> before = cluster.running();
        for (String server : List.of("s1", "s2")) Installation.kill9(cluster.server(server).serverPid());
        cluster.machines().forEach(Machines.Machine::killAgent);
        cluster.etcd().killAll();
        cluster.etcd().startAll();
        long began = System.nanoTime();
        cluster.etcd().awaitHealthy();
        cluster.machines().forEach(Machines.Machine::startAgent);
        for (String server : List.of("s1", "s2")) cluster.server(server).must("server", "start");
        await("hosts", () -> cluster.up().size() == 3);
        changed(cluster.server("s2"), 1);
        report("everything started anew to a change carried out", began);
        changed(cluster.server("s1"), 0);
        await("as before", EngineClusterFaultsIT::converged);
        assertThat(cluster.running()).as("nothing was touched").isEqualTo(before);
        assertThat(seen("everything started anew")).isEmpty();
    }
}
