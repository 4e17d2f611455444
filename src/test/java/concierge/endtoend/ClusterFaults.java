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
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Three machines with an engine and an agent each, two servers and three etcd members, while a client asks the routed
 * service all the time: whatever dies, everything converges, nothing runs twice, and what was not
 * concerned is not touched. One cluster for all tests of a class, so they have an order.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
abstract class ClusterFaults {
    /** Thirty containers on a busy machine. */
    private static final Duration LIMIT = Duration.ofSeconds(150);

    /**
     * Requests of a lost machine's time that may fail: a third of the instances is there, and each is found out by three
     * checks in a row. The rest is asked elsewhere.
     */
    private static final double LOST = 0.05;

    private final String name;
    private final String executor;
    private final char separator;
    private final Map<String, Integer> scales;
    private int probes;

    Path folder;
    Machines cluster;
    private Hammer client;

    /**
     * @param executor of the instances
     * @param separator of the parts of an instance's name, as the machines tell it
     * @param scales of the stack's services
     */
    ClusterFaults(String executor, char separator, Map<String, Integer> scales) {
        this.name = executor + " faults";
        this.executor = executor;
        this.separator = separator;
        this.scales = scales;
    }

    abstract Machines startMachines(Path folder, List<String> servers);

    /** Of the name {@code shop}, with a service {@code web} that answers {@code hello} to who asks for {@code shop.localhost}. */
    abstract String stack();

    /** Whether {@code ps} tells that an instance is on a machine. */
    abstract boolean isOn(Machines.Machine machine, JsonNode instance);

    @BeforeAll
    void deploy(@TempDir Path folder) {
        this.folder = folder;
        long began = System.nanoTime();
        cluster = startMachines(folder, List.of("s1", "s2"));
        report("three machines, two servers and etcd started", began);
        began = System.nanoTime();
        cluster.server("s2").must("up", Stacks.folder(folder, "shop", stack()).toString());
        report(all() + " instances deployed", began);
        await("the router of s1", () -> cluster.server("s1").route("shop.localhost").statusCode() == 200);
        await("settled", this::converged);
        client = new Hammer(cluster.server("s1").server().get("router").asString(), "shop.localhost", "hello\n");
    }

    @AfterAll
    void stop() {
        long began = System.nanoTime();
        if (client != null) client.close();
        if (cluster != null) cluster.close();
        report("all of it ended", began);
    }

    final void await(String what, BooleanSupplier condition) {
        try {
            Installation.await(what, LIMIT, condition);
        } catch (org.awaitility.core.ConditionTimeoutException e) {
            throw new AssertionError(what + ": " + cluster.anyServer().concierge("ps") + cluster.anyServer().concierge("hosts") + cluster.running() + "\n" + cluster.logs(), e);
        }
    }

    private int all() {
        return scales.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** All are ready where the state says so, and nothing else runs anywhere. */
    final boolean converged() {
        if (!cluster.anyServer().allReady("shop", all())) return false;
        Map<String, List<Instant>> running = cluster.running();
        return running.size() == all() + probes && running.values().stream().allMatch(starts -> starts.size() == 1);
    }

    final void report(String what, long began) {
        System.out.println(name + ": " + what + ": " + Duration.ofNanos(System.nanoTime() - began).toMillis() + " ms");
    }

    /** What the client has seen since it was last asked. */
    final Hammer.Tally seen(String during) {
        Hammer.Tally tally = client.next();
        System.out.println(name + ": " + during + ": " + tally);
        return tally;
    }

    final void nobodyNoticed(String what) {
        assertThat(seen(what).failed()).as(() -> what + "\n" + cluster.logs()).isEmpty();
    }

    /** Of all that runs what is of a service. */
    final Set<String> of(String service, Map<String, ?> running) {
        return running.keySet().stream().filter(it -> it.contains(separator + service + separator)).collect(Collectors.toCollection(TreeSet::new));
    }

    /** A change is carried out: one more instance of a stack of its own, so that all else can be told to be untouched. */
    final void changed(Installation through) {
        probes++;
        String[] change = probes == 1
                ? new String[] {"up", Stacks.folder(folder, "probe", Stacks.sleepers("probe", 1).replace("executor: [docker, process]", "executor: " + executor)).toString()}
                : new String[] {"scale", "probe/sleeper", Integer.toString(probes)};
        // What is away is told at once, and whoever asked asks again.
        await("taken", () -> through.concierge(change).exit() == 0);
        await("carried out", () -> of("sleeper", cluster.running()).size() == probes);
    }

    /** What ran before runs on as it was. */
    final void untouched(Map<String, List<Instant>> before) {
        assertThat(cluster.running()).as("nothing was touched").containsAllEntriesOf(before).hasSize(all() + probes);
    }

    @Test
    @Order(1)
    void instancesAreOnAllMachines() {
        for (Machines.Machine machine : cluster.machines()) assertThat(machine.running()).as("on " + machine.node().name()).hasSizeGreaterThan(all() / 6);
        scales.forEach((service, scale) -> assertThat(of(service, cluster.running())).hasSize(scale));
        nobodyNoticed("nothing");
    }

    @Test
    @Order(10)
    void theNextServerLeadsWhenOneDies() {
        Map<String, List<Instant>> before = cluster.running();
        String dead = cluster.leader();
        String other = dead.equals("s1") ? "s2" : "s1";
        long began = System.nanoTime();
        Installation.kill9(cluster.server(dead).serverPid());
        Runnable recovered = besidesTheLeader();
        changed(cluster.server(other));
        report("leader killed to a change carried out", began);
        cluster.server(dead).must("server", "start");
        recovered.run();
        changed(cluster.server(dead));
        untouched(before);
        nobodyNoticed("the leader dead");
    }

    /** What dies together with it; the result sees that, too, make up for it. */
    Runnable besidesTheLeader() {
        return () -> {};
    }

    @Test
    @Order(40)
    void everythingStartsAnewAndNothingIsTouched() {
        Map<String, List<Instant>> before = cluster.running();
        var hosts = cluster.up();
        Map<String, String> processes = cluster.agentProcesses();
        for (String server : List.of("s1", "s2")) Installation.kill9(cluster.server(server).serverPid());
        cluster.machines().forEach(Machines.Machine::killAgent);
        cluster.etcd().killAll();
        cluster.etcd().startAll();
        long began = System.nanoTime();
        cluster.etcd().awaitHealthy();
        // First, and not beside each other: a host that takes longer to start than a server to lead is lost.
        cluster.machines().forEach(Machines.Machine::startAgent);
        await("the new agents' hosts", () -> cluster.agentProcesses().size() == processes.size() && processes.entrySet().stream().noneMatch(cluster.agentProcesses().entrySet()::contains));
        for (String server : List.of("s1", "s2")) cluster.server(server).must("server", "start");
        await("hosts", () -> cluster.up().containsAll(hosts));
        changed(cluster.server("s2"));
        report("everything started anew to a change carried out", began);
        await("as before", this::converged);
        untouched(before);
        nobodyNoticed("everything started anew");
    }

    /** Its routed instances are ready on other machines, and the client is content. */
    final void awaitElsewhere(Machines.Machine lost, String what, long began) {
        await("replacements", () -> readyElsewhere(lost, "web") == scales.get("web"));
        report(what + " to its instances ready elsewhere", began);
    }

    /** Closes what {@link #awaitElsewhere} began. */
    final void fewNoticed(String what) {
        Hammer.Tally tally = seen(what);
        assertThat(tally.failedPart()).as(tally.toString()).isLessThan(LOST);
    }

    final long readyElsewhere(Machines.Machine lost, String service) {
        return cluster.anyServer().instances("shop").stream()
                .filter(it -> it.get("service").asString().equals(service))
                .filter(it -> it.get("state").asString().equals("ready") && !isOn(lost, it))
                .count();
    }

    /** What runs on all machines but one. */
    final Map<String, List<Instant>> runningBeside(Machines.Machine machine) {
        Map<String, List<Instant>> elsewhere = new TreeMap<>();
        for (Machines.Machine other : cluster.machines()) if (other != machine) elsewhere.putAll(other.running());
        return elsewhere;
    }
}
