package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.testing.Relay;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two servers and three agents on three etcd members, as processes of their own: what instances on other hosts are asked,
 * and each of the members killed.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterIT {
    private static final int SCALE = 12;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static final Map<String, Integer> QUEUES = Map.of("s1", Installation.freePort(), "s2", Installation.freePort());

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static Cluster cluster;
    private static Installation server;

    @BeforeAll
    static void start() {
        long began = System.nanoTime();
        cluster = new Cluster(shared, List.of("s1", "s2"), List.of("a", "b", "c"), Map.of("s1", queue("s1"), "s2", queue("s2")));
        server = cluster.server("s1");
        report("started", since(began));
    }

    /** Each is the queue, and claims its tasks by asking s2, whoever leads. */
    private static Map<String, String> queue(String server) {
        return Map.of("CONCIERGE_QUEUE__ENABLED", "true", "CONCIERGE_QUEUE__PORT", Integer.toString(QUEUES.get(server)),
                "CONCIERGE_PORTIER_ENDPOINT", "http://127.0.0.1:" + QUEUES.get("s2"), "CONCIERGE_IDENTITY", "cluster",
                "CONCIERGE_TYPES__sleeper", "{executor = 'process', run = ['sleep', '1000'], stop_grace = '2s'}");
    }

    @AfterAll
    static void stop() {
        if (cluster != null) cluster.close();
    }

    private void deploy(Installation through, String text) {
        through.must("up", Stacks.folder(folder, "shop", Stacks.web("shop", SCALE, text).replace("    stop_grace: 2s", "    update: {parallel: 6}\n    stop_grace: 2s")).toString());
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

    private void up(String name, String file) {
        server.must("up", Stacks.folder(folder, name, file).toString());
    }

    @Test
    void outputOfAllHostsIsReadAndFollowedAlsoOfInstancesThatAreGone() throws Exception {
        String talker = Stacks.sleepers("talk", 2).replace("run: [sh, -c, '", "run: [sh, -c, 'echo I am $VIKING_ID; ");
        up("talk", talker);
        assertThat(cluster.server("s2").must("logs", "talk").out()).contains("I am talk/default/sleeper/1", "I am talk/default/sleeper/2");
        Process following = server.startInto(folder.resolve("followed"), "logs", "-f", "talk");
        try {
            await("followed", () -> read("followed").contains("I am talk/default/sleeper/2"));
            server.must("restart", "talk/sleeper");
            await("followed further", () -> read("followed").split("I am talk/default/sleeper/1", -1).length > 2);
        } finally {
            Installation.kill9(following.pid());
        }
        server.must("down", "talk");
        assertThat(server.must("logs", "talk").out()).as("kept output").contains("I am talk/default/sleeper/1", "I am talk/default/sleeper/2");
    }

    private String read(String file) {
        try {
            return Files.exists(folder.resolve(file)) ? Files.readString(folder.resolve(file)) : "";
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void commandsRunInInstancesOfOtherHostsWithInputExitCodeAndTerminal() {
        up("zoo", Stacks.sleepers("zoo", 2));
        for (String instance : List.of("1", "2")) {
            Installation.Outcome outcome = server.concierge(folder, "given\n", "exec", "-i", "zoo/sleeper/" + instance, "--", "sh", "-c", "cat; echo $VIKING_ID; echo oops >&2; exit 42");
            assertThat(outcome.exit()).as(outcome.toString()).isEqualTo(42);
            assertThat(outcome.out()).isEqualTo("given\nzoo/default/sleeper/" + instance + "\n");
            assertThat(outcome.err()).contains("oops");
        }
        Installation.Outcome terminal = server.onTerminal("stty rows 31 cols 101; " + Path.of("concierge").toAbsolutePath() + " exec -it zoo/sleeper -- sh -c 'test -t 0 && echo on a terminal'");
        assertThat(terminal.out()).contains("on a terminal");
        Installation.Outcome once = server.concierge(folder, "given\n", "run", "-i", "zoo/sleeper", "--", "sh", "-c", "cat; exit 5");
        assertThat(once.exit()).as(once.toString()).isEqualTo(5);
        assertThat(once.out()).contains("given");
        server.must("down", "zoo");
    }

    /** By whichever server is asked, and by the clock of a machine that hears nothing of the others. */
    @Test
    void aTaskOfTheQueueIsClaimedThroughAFollowerAndStopsOnAMachineThatIsCutOff() {
        assertThat(cluster.leader()).as("it answers what s2 is asked").isEqualTo("s1");
        server.must("queue", "admit", "cluster");
        try (Link way = new Link(cluster.etcd().port(0))) {
            Cluster.Host lonely = cluster.addHost("q").with(Map.of("CONCIERGE_STORE__URL", "etcd://127.0.0.1:" + way.port() + "/test"));
            lonely.start();
            await("q is there", () -> cluster.up().contains("q"));
            for (String host : List.of("a", "b", "c")) server.must("host", "cordon", host);
            String task = cluster.server("s2").must("queue", "add", "sleeper", "{}").out().strip();
            await("it runs there", () -> lonely.processes().size() == 1);
            for (String host : List.of("a", "b", "c")) server.must("host", "uncordon", host);
            assertThat(server.must("queue", "identities").out()).containsPattern("cluster +1 +\\d+s ago");
            assertThat(cluster.server("s2").must("queue", "identities").out()).as("as the leader knows it").containsPattern("cluster +1 +\\d+s ago");

            way.cut();
            boolean[] twice = {false};
            await("it runs elsewhere", () -> {
                int here = lonely.processes().size();
                // Read after what runs here: it may have stopped since, and have begun elsewhere.
                twice[0] |= here > 0 && !elsewhere().isEmpty() && !lonely.processes().isEmpty();
                return elsewhere().size() == 1;
            });
            assertThat(twice[0]).as("its agent stops it before the others may begin").isFalse();
            assertThat(lonely.processes()).isEmpty();
            server.must("queue", "rm", task);
            await("nothing is left of it", () -> elsewhere().isEmpty());
            way.mend();
            lonely.crash();
        }
    }

    private static Map<String, Long> elsewhere() {
        Map<String, Long> all = new java.util.TreeMap<>();
        for (String host : List.of("a", "b", "c")) {
            cluster.host(host).processes().forEach((instance, pid) -> {
                if (instance.startsWith("portier")) all.put(instance, pid);
            });
        }
        return all;
    }

    @Test
    void volumesGoWithTheirStackOnWhateverHost() {
        String file = Stacks.sleepers("data", 2).replace("    scale: 2\n", "    scale: 2\n    volume: [/data/kept]\n");
        up("data", file);
        long before = volumes();
        assertThat(before).isPositive();
        Installation.Outcome down = server.must("down", "--volumes", "data");
        assertThat(volumes()).as(down.toString()).isZero();
    }

    private static long volumes() {
        long count = 0;
        for (String host : List.of("a", "b", "c")) {
            Path volumes = cluster.host(host).homeFolder().resolve("processes/volumes");
            if (!Files.isDirectory(volumes)) continue;
            try (var all = Files.list(volumes)) {
                count += all.count();
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
        return count;
    }

    /** Late, since it takes a server away. */
    @Test
    @Order(Integer.MAX_VALUE - 1)
    void aSiteIsServedByEveryServersRouterAlsoWhenTheOneThatWasSentItIsGone() throws Exception {
        Path stack = Stacks.folder(folder, "pages", """
                viking:
                  name: pages
                deploy:
                  www:
                    type: website
                    document_root: ./www
                    domains: [pages.localhost]
                """);
        Files.createDirectories(stack.resolve("www"));
        Files.writeString(stack.resolve("www/index.html"), "served by all\n");
        server.must("up", stack.toString());
        Installation second = cluster.server("s2");
        await("the other router", () -> second.route("pages.localhost").body().equals("served by all\n"));
        Installation.kill9(server.serverPid());
        assertThat(second.route("pages.localhost").body()).isEqualTo("served by all\n");
        second.must("up", stack.toString());
        server.must("server", "start");
        second.must("down", "pages");
    }

    /** An agent a on this prefix says so, and goes on trying. */
    private void waits(Installation home, String prefix, String... reason) throws Exception {
        String said = "waiting" + prefix.replace('/', '-');
        Process agent = home.startInto(folder.resolve(said), "agent", "--name", "a", "--store", cluster.etcd().address(prefix));
        try {
            await("the reason", () -> List.of(reason).stream().allMatch(read(said)::contains));
            assertThat(agent.isAlive()).isTrue();
        } finally {
            agent.destroy();
            agent.waitFor();
        }
    }

    @Test
    void anAgentWithoutTheKeyRunsInstancesAndSaysWhatCannotBeAsked() {
        Cluster.Host stranger = cluster.addStranger("z");
        stranger.start();
        await("z is there", () -> cluster.up().contains("z"));
        assertThat(cluster.logs()).contains("not a member of the installation").contains("copy secrets.key from the home of one of them");
        up("far", Stacks.sleepers("far", 1).replace("    scale: 1\n", "    scale: 1\n    filter: [tag-z]\n"));
        Installation.Outcome refused = server.concierge("exec", "far/sleeper", "--", "true");
        assertThat(refused.exit()).isEqualTo(4);
        assertThat(refused.err()).contains("host z answers no other hosts").contains("secrets.key");
        assertThat(server.must("logs", "far").out() + server.must("logs", "far").err()).contains("its output is out of reach").contains("host z");
        server.must("down", "far");
        stranger.crash();
    }

    /**
     * What must not run twice is stopped by its own host, which is cut off from etcd alone, before it starts elsewhere; and
     * meanwhile, since it takes as long: who has to wait for a name or a store.
     */
    @Test
    void whatWaitsForTheEndOfALeaseDoesSoAndWhatMustNotRunTwiceIsStoppedFirst() throws Exception {
        Path said = folder.resolve("once.txt");
        try (Relay relay = new Relay("127.0.0.1", "127.0.0.1", cluster.etcd().port(0))) {
            Cluster.Host cutOff = cluster.addHost("y").with(Map.of("CONCIERGE_STORE__URL", "etcd://127.0.0.1:" + relay.port() + "/test"));
            cutOff.start();
            await("y is there", () -> cluster.up().contains("y"));
            up("alone", Stacks.sleepers("alone", 1)
                    .replace("    scale: 1\n", "    scale: 1\n    lost: stop\n    filter: [\"tag-y:flexible\"]\n")
                    .replace("trap \"exit 0\" TERM", "echo begins >> " + said + "; trap \"echo ends >> " + said + "; exit 0\" TERM"));
            assertThat(server.instance("alone", "sleeper").get("host").asString()).isEqualTo("y");
            relay.cut();
            long began = System.nanoTime();
            whoseNameIsTakenOrWhoseStoreIsEmptyWaitsAndAnAgentWithoutAStoreIsRefused();
            await("it is stopped by its host", () -> cutOff.processes().isEmpty());
            await("and runs elsewhere", () -> server.allReady("alone", 1) && !server.instance("alone", "sleeper").get("host").asString().equals("y"));
            report("a host cut off to what must not run twice ready elsewhere", since(began));
            assertThat(Files.readAllLines(said)).as("never two at once").containsExactly("begins", "ends", "begins");
            relay.mend();
            await("y is back", () -> cluster.up().contains("y"));
            assertThat(cutOff.processes()).isEmpty();
            server.must("down", "alone");
            cutOff.crash();
        }
    }

    private void whoseNameIsTakenOrWhoseStoreIsEmptyWaitsAndAnAgentWithoutAStoreIsRefused() throws Exception {
        // Somebody else's, as etcd has it until his lease has ended.
        cluster.etcd().control("put", "/test/host/taken", "{\"name\":\"taken\",\"addresses\":[\"10.0.0.9\"],\"capacity\":{\"cpuMillis\":0,\"memoryBytes\":0},\"agent\":\"other\","
                + "\"process\":{\"machine\":\"build3\",\"pid\":4242,\"since\":\"2026-01-01T00:00:00Z\"}}");
        try (Installation late = cluster.home(Installation.NO_ENGINE).with("CONCIERGE_EXECUTORS", "process").with("CONCIERGE_HOST__NAME", "taken").with("CONCIERGE_BIND", "127.0.0.9");
                Installation other = Installation.withoutEngine().with("CONCIERGE_EXECUTORS", "process")) {
            Process starting = late.startInto(folder.resolve("late.log"), "server", "start");
            Installation.Outcome lonely = other.concierge("agent", "--name", "a");
            assertThat(lonely.exit()).isEqualTo(2);
            assertThat(lonely.err()).contains("store.url: empty").contains("--store etcd://");
            waits(other, "/other", "no installation in it yet", "start a server with this store");
            waits(other, "/test", "host a is served by another agent", "127.0.0.2", "--name");
            Installation.Outcome unreachable = other.concierge("agent", "--name", "d", "--store", cluster.etcd().address("/test"), "--address", "10.1.2.3");
            assertThat(unreachable.exit()).isEqualTo(1);
            assertThat(unreachable.err()).contains("host.addresses: 10.1.2.3").contains("set bind");
            serverWaitsForItsName(late, starting);
        }
        assertThat(cluster.up()).contains("a", "b", "c").doesNotContain("d");
    }

    private void serverWaitsForItsName(Installation late, Process starting) {
        await("the server waits, too", () -> read("late.log").contains("the server waits for the host's name: host taken is served by another agent (process 4242 on build3 since 2026-01-01T00:00:00Z"));
        assertThat(late.concierge("ps").err()).contains("waits until its host's name is free").contains("--set host.name=NAME");
        assertThat(starting.isAlive()).isTrue();
        cluster.etcd().control("del", "/test/host/taken");
        await("it begins", () -> !starting.isAlive() && cluster.up().contains("taken"));
        assertThat(starting.exitValue()).as(read("late.log")).isZero();
        late.must("host", "cordon", "taken");
        late.must("server", "stop");
    }

    /** Last: each of the members dies. */
    @Test
    @Order(Integer.MAX_VALUE)
    void whoeverDiesTheOthersGoOnAndNothingRunsTwice() {
        await("no other host", () -> cluster.up().size() == 3);
        deploy(cluster.server("s2"), "one");
        assertThat(cluster.spread()).as("spread").isEqualTo(Map.of("a", 4, "b", 4, "c", 4));
        assertThat(converged()).isTrue();
        for (String server : List.of("s1", "s2")) {
            await("the router of " + server, () -> cluster.server(server).route("shop.localhost").body().equals("one\n"));
        }
        theLeaderAndAHostDie();
        anAgentAloneDies();
        aHostIsDrained();
        aHostThatIsBackGetsItsPartAndNobodyNotices();
        aFixedInstanceWaitsForItsHostUntilThatIsForgotten();
    }

    private void theLeaderAndAHostDie() {
        String dead = cluster.leader();
        String other = dead.equals("s1") ? "s2" : "s1";
        Map<String, Long> before = cluster.host("a").processes();
        long began = System.nanoTime();
        Installation.kill9(cluster.server(dead).serverPid());
        cluster.host("b").crash();
        await("the other leads", () -> cluster.leader().equals(other));
        report("leader killed to the other leading", since(began));
        await("replacements elsewhere", () -> cluster.spread().equals(Map.of("a", 6, "c", 6)) && converged());
        report("leader and host dead to all replacements ready", since(began));
        assertThat(cluster.up()).containsExactlyInAnyOrder("a", "c");
        assertThat(cluster.host("a").processes()).as("nothing is disturbed").containsAllEntriesOf(before);
        deploy(cluster.server(other), "two");
        assertThat(cluster.server(other).route("shop.localhost").body()).isEqualTo("two\n");
        cluster.host("b").start();
        cluster.server(dead).must("server", "start");
        assertThat(cluster.leader()).isEqualTo(other);
        await("the one that came back knows all", () -> cluster.server(dead).allReady("shop", SCALE));
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
        assertThat(server.must("drain", "a", "--dry-run").out()).contains("takes over from shop/default/web/").contains("stop on a");
        long began = System.nanoTime();
        assertThat(server.must("host", "drain", "a").err()).contains("6 instances leave a");
        await("a is empty", () -> !cluster.spread().containsKey("a") && converged());
        report("a drained host's six instances", since(began));
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
        await("nothing is left of it", ClusterIT::converged);
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
}
