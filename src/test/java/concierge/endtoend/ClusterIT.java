package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.runtime.Processes;
import concierge.testing.Relay;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two servers and three agents on three etcd members, as processes of their own, and each of them killed. */
class ClusterIT {
    private static final int SCALE = 12;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Longer than any lease lasts. */
    private static final Duration OUTAGE = Duration.ofSeconds(10);

    @TempDir
    Path folder;

    private Cluster cluster;

    @BeforeEach
    void start() {
        cluster = new Cluster(folder, List.of("s1", "s2"), List.of("a", "b", "c"));
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    private void deploy(Installation through, String text) {
        through.must("up", Stacks.folder(folder, "shop", Stacks.web("shop", SCALE, text).replace("    stop_grace: 2s", "    update: {parallel: 6}\n    stop_grace: 2s")).toString());
    }

    private void await(String what, BooleanSupplier condition) {
        try {
            Installation.await(what, LIMIT, condition);
        } catch (org.awaitility.core.ConditionTimeoutException e) {
            throw new AssertionError(what + ": " + cluster.anyServer().concierge("ps") + cluster.spread() + cluster.running() + "\n" + cluster.logs(), e);
        }
    }

    /** All are ready where the state says so, and nothing else runs anywhere. */
    private boolean converged() {
        return cluster.anyServer().allReady("shop", SCALE)
                && cluster.running().size() == SCALE
                && cluster.running().values().stream().allMatch(count -> count == 1);
    }

    private static Duration since(long began) {
        return Duration.ofNanos(System.nanoTime() - began);
    }

    private static void report(String what, Duration took) {
        System.out.println("cluster: " + what + ": " + took.toMillis() + " ms");
    }

    @Test
    void whoeverDiesTheOthersGoOnAndNothingRunsTwice() {
        deploy(cluster.server("s2"), "one");
        assertThat(cluster.spread()).as("spread").isEqualTo(Map.of("a", 4, "b", 4, "c", 4));
        assertThat(converged()).isTrue();
        for (String server : List.of("s1", "s2")) {
            await("the router of " + server, () -> cluster.server(server).route("shop.localhost").body().equals("one\n"));
        }
        theLeaderDies();
        aHostDies();
        anAgentAloneDies();
        aHostIsDrained();
        aHostThatIsBackGetsItsPartAndNobodyNotices();
        aFixedInstanceWaitsForItsHostUntilThatIsForgotten();
    }

    private void theLeaderDies() {
        String dead = cluster.leader();
        String other = dead.equals("s1") ? "s2" : "s1";
        Map<String, Long> before = cluster.host("a").processes();
        long began = System.nanoTime();
        Installation.kill9(cluster.server(dead).serverPid());
        await("the other leads", () -> cluster.leader().equals(other));
        report("leader killed to the other leading", since(began));
        assertThat(cluster.host("a").processes()).as("nothing is disturbed").isEqualTo(before);
        deploy(cluster.server(other), "two");
        assertThat(cluster.server(other).route("shop.localhost").body()).isEqualTo("two\n");
        cluster.server(dead).must("server", "start");
        assertThat(cluster.leader()).isEqualTo(other);
        await("the one that came back knows all", () -> cluster.server(dead).allReady("shop", SCALE));
    }

    private void aHostDies() {
        long began = System.nanoTime();
        cluster.host("b").crash();
        await("replacements elsewhere", () -> cluster.spread().equals(Map.of("a", 6, "c", 6)) && converged());
        report("host dead to all replacements ready", since(began));
        assertThat(cluster.up()).containsExactlyInAnyOrder("a", "c");
        cluster.host("b").start();
        await("b is back", () -> cluster.up().contains("b"));
        assertThat(cluster.host("b").processes()).as("what was replaced stays away").isEmpty();
    }

    private void anAgentAloneDies() {
        cluster.host("c").killAgent();
        Map<String, Long> left = cluster.host("c").processes();
        assertThat(left).hasSize(6);
        await("c is given up", () -> cluster.spread().equals(Map.of("a", 6, "b", 6)) && cluster.server("s1").allReady("shop", SCALE));
        assertThat(cluster.host("c").processes()).as("nobody is there who could stop them").isEqualTo(left);
        cluster.host("c").start();
        await("what was replaced is stopped there", () -> cluster.host("c").processes().isEmpty() && converged());
    }

    private void aHostIsDrained() {
        Installation server = cluster.server("s2");
        server.must("host", "drain", "a");
        await("a is empty", () -> !cluster.spread().containsKey("a") && converged());
        assertThat(server.must("hosts").out()).contains("draining");
        server.must("host", "uncordon", "a");
    }

    private void aHostThatIsBackGetsItsPartAndNobodyNotices() {
        Installation server = cluster.server("s2");
        assertThat(cluster.spread()).isEqualTo(Map.of("b", 6, "c", 6));
        Installation.Outcome refused = server.concierge("rebalance");
        assertThat(refused.exit()).as("nobody is there to be asked").isEqualTo(2);
        assertThat(refused.err()).contains("would move 4 instances").contains("--yes");
        assertThat(server.must("rebalance", "shop/web", "--host", "a", "--dry-run").out()).contains("INSTANCE").contains(" has 6 of it, a none");
        assertThat(cluster.spread()).as("looking moves nothing").doesNotContainKey("a");
        try (Hammer client = new Hammer(server.server().get("router").asString(), "shop.localhost", "two\n")) {
            long began = System.nanoTime();
            Installation.Outcome done = server.must("rebalance", "--yes", "--at-once", "4");
            report("a host that is back to its part of twelve instances", since(began));
            assertThat(done.err()).contains("4 moved");
            Hammer.Tally tally = client.next();
            System.out.println("cluster: meanwhile: " + tally);
            assertThat(tally.failed()).isEmpty();
        }
        assertThat(cluster.spread()).isEqualTo(Map.of("a", 4, "b", 4, "c", 4));
        await("nothing is left of it", this::converged);
        assertThat(server.must("rebalance").err()).contains("nothing to move");
    }

    private void aFixedInstanceWaitsForItsHostUntilThatIsForgotten() {
        Installation server = cluster.server("s1");
        String file = Stacks.sleepers("data", 1).replace("    scale: 1\n", "    scale: 1\n    fixed: true\n");
        server.must("up", Stacks.folder(folder, "data", file).toString());
        String home = server.instance("data", "sleeper").get("host").asString();
        assertThat(server.concierge("host", "forget", home).exit()).as("it is there").isEqualTo(4);
        cluster.host(home).crash();
        await("explained", () -> server.must("ps", "data").out().contains("fixed on host " + home));
        await("the rest moves", () -> server.allReady("shop", SCALE) && cluster.spread().get(home) == 1);
        assertThat(server.must("host", "forget", home).err()).contains("data/default/sleeper/1");
        await("it runs elsewhere", () -> server.allReady("data", 1) && !server.instance("data", "sleeper").get("host").asString().equals(home));
    }

    @Test
    void etcdMayLoseAMemberOrGoAwayForAWhile() {
        deploy(cluster.server("s1"), "one");
        Set<Long> before = pids();
        cluster.etcd().kill(cluster.etcd().leader());
        deploy(cluster.server("s2"), "one");
        assertThat(pids()).as("a member less changes nothing").isEqualTo(before);
        cluster.etcd().killAll();
        Installation.hold(OUTAGE);
        assertThat(pids()).as("instances run on without a store").isEqualTo(before);
        assertThat(cluster.up()).as("and hosts are shown as they were").hasSize(3);
        cluster.etcd().startAll();
        long began = System.nanoTime();
        cluster.etcd().awaitHealthy();
        await("somebody leads", () -> !cluster.leader().isEmpty());
        await("hosts are there", () -> cluster.up().size() == 3);
        cluster.server("s1").must("scale", "shop/web", "9");
        await("it goes on", () -> cluster.running().size() == 9);
        report("etcd back to a changed scale carried out", since(began));
        assertThat(before).as("nothing was moved").containsAll(pids());
        assertThat(cluster.running().values()).allMatch(count -> count == 1);
    }

    private Set<Long> pids() {
        Set<Long> all = new java.util.TreeSet<>();
        for (String host : List.of("a", "b", "c")) all.addAll(cluster.host(host).processes().values());
        return all;
    }

    @Test
    void aSecondAgentOfOneNameIsRefusedAndSoIsOneWithoutAStore() throws Exception {
        try (Installation other = Installation.withoutEngine().with("CONCIERGE_EXECUTORS", "process")) {
            Installation.Outcome lonely = other.concierge("agent", "--name", "a");
            assertThat(lonely.exit()).isEqualTo(1);
            assertThat(lonely.err()).contains("store.url: empty").contains("--store etcd://");
            Installation.Outcome stranger = other.concierge("agent", "--name", "a", "--store", cluster.etcd().address("/other"));
            assertThat(stranger.exit()).isEqualTo(1);
            assertThat(stranger.err()).contains("no installation").contains("start a server");
            Installation.Outcome second = other.concierge("agent", "--name", "a", "--store", cluster.etcd().address("/test"));
            assertThat(second.exit()).isEqualTo(1);
            assertThat(second.err()).contains("host a is served by another agent").contains("127.0.0.2").contains("--name");
            Installation.Outcome unreachable = other.concierge("agent", "--name", "d", "--store", cluster.etcd().address("/test"), "--address", "10.1.2.3");
            assertThat(unreachable.exit()).isEqualTo(1);
            assertThat(unreachable.err()).contains("host.addresses: 10.1.2.3").contains("set bind");
        }
        assertThat(cluster.up()).containsExactlyInAnyOrder("a", "b", "c");
    }

    @Test
    void whatMustNotRunTwiceStopsWhereItsHostIsCutOffAndOnlyThenStartsElsewhere() {
        try (Relay relay = new Relay(cluster.etcd().port(0))) {
            cluster.addHost("d", relay).start();
            await("d joins", () -> cluster.up().contains("d"));
            String file = Stacks.sleepers("solo", 1).replace("    scale: 1\n", "    scale: 1\n    lost: stop\n    filter: 'tag-d:flexible'\n");
            cluster.server("s1").must("up", Stacks.folder(folder, "solo", file).toString());
            assertThat(cluster.host("d").processes()).hasSize(1);
            long began = System.nanoTime();
            relay.cut();
            await("it stops there", () -> cluster.host("d").processes().values().stream().noneMatch(Processes::alive));
            report("host cut off to its lost: stop instance stopped", since(began));
            await("it runs elsewhere", () -> cluster.server("s1").allReady("solo", 1) && !cluster.spread().containsKey("d"));
            report("host cut off to its lost: stop instance ready elsewhere", since(began));
            assertThat(cluster.host("d").processes().values()).noneMatch(Processes::alive);
            relay.heal();
            await("d is back", () -> cluster.up().contains("d"));
            await("and has nothing of it", () -> cluster.host("d").processes().isEmpty() && cluster.server("s1").allReady("solo", 1));
        }
    }
}
