package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * {@link ClusterFaults} with engines that are one Swarm, which each of them manages and each agent could serve. What
 * answers is built on one of them, and comes to the others without a registry.
 */
class SwarmClusterFaultsIT extends ClusterFaults {
    /** A Swarm takes its time for each, and shows with fewer what it does with more. */
    private static final int WEB = 15;

    private static final int DATA = 3;

    private static final String STACK = """
            viking:
              name: shop
            build:
              web: |
                FROM busybox:stable
                RUN mkdir /www && echo hello > /www/index.html
            deploy:
              web:
                image: viking:shop/web
                executor: swarm
                scale: %d
                expose: [8000]
                health: {http: /, interval: 1s}
                stop_grace: 2s
                update: {parallel: 8, monitor: 1s}
                run: [busybox, httpd, -f, -p, '8000', -h, /www]
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

    SwarmClusterFaultsIT() {
        super("swarm", '-', Map.of("web", WEB, "data", DATA));
    }

    @Override
    Machines startMachines(Path folder, List<String> servers) {
        return Machines.startSwarm(folder, servers, 3);
    }

    @Override
    String stack() {
        return STACK;
    }

    @Override
    boolean isOn(Machines.Machine machine, JsonNode instance) {
        return instance.get("reason").asString("").contains(machine.node().name());
    }

    /** Nodes by instance, as {@code ps} shows them. */
    private Map<String, String> placements() {
        Map<String, String> placements = new TreeMap<>();
        for (JsonNode instance : cluster.anyServer().instances()) {
            String service = instance.get("service").asString();
            String stack = service.equals("sleeper") ? "probe" : "shop";
            placements.put(stack + "-default-" + service + "-" + instance.get("n").asInt(), instance.get("reason").asString(""));
        }
        return placements;
    }

    /** Where they really run. */
    private Map<String, String> places() {
        Map<String, String> places = new TreeMap<>();
        for (Machines.Machine machine : cluster.machines()) machine.running().keySet().forEach(name -> places.put(name, "on " + machine.node().name()));
        return places;
    }

    @Test
    @Order(2)
    void psTellsWhereInstancesAre() {
        Map<String, String> places = places();
        assertThat(new TreeSet<>(places.values())).containsExactly("on node1", "on node2", "on node3");
        assertThat(placements()).isEqualTo(places);
        assertThat(of("web", cluster.machine("node3").running())).as("of an image that was built on node1").isNotEmpty();
        assertThat(cluster.anyServer().must("ps").out()).containsPattern("shop/web/15.*swarm.*on node\\d");
    }

    /** The agent that serves the Swarm: another manager's takes it over, not that of the machine that leads the Swarm. */
    @Override
    Runnable besidesTheLeader() {
        Set<Machines.Machine> dead = new LinkedHashSet<>(List.of(cluster.serving(), cluster.leading()));
        long began = System.nanoTime();
        dead.forEach(Machines.Machine::killAgent);
        await("another one serves", () -> dead.stream().allMatch(cluster::isServedByOther));
        report("the Swarm's agent killed to another one serving", began);
        return () -> {
            dead.forEach(Machines.Machine::startAgent);
            await("all are hosts", () -> cluster.up().size() == 4);
            assertThat(cluster.serving()).as("who serves goes on").isNotIn(dead);
        };
    }

    @Test
    @Order(11)
    void aDeathIsSeenByWhoTookTheSwarmOver() {
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
    @Order(30)
    void whatACutOffMachineRanIsStoppedThereWhenItIsBack() {
        Machines.Machine lonely = cluster.machines().stream()
                .filter(machine -> machine != cluster.serving() && machine != cluster.leading()).findFirst().orElseThrow();
        assertThat(of("web", lonely.running())).isNotEmpty();
        Set<String> fixed = of("data", lonely.running());
        long began = System.nanoTime();
        lonely.node().cutOff();
        awaitElsewhere(lonely, "a machine cut off", began);
        fewNoticed("a machine cut off");
        began = System.nanoTime();
        lonely.node().reconnect();
        await("what was replaced is stopped", this::converged);
        report("reconnected to all that was replaced stopped there", began);
        assertThat(lonely.running().keySet()).isEqualTo(fixed);
        assertThat(placements()).isEqualTo(places());
        nobodyNoticed("a machine reconnected");
    }

    @Test
    @Order(31)
    void whatAManagerThatDiesRanRunsElsewhereAlthoughItServedTheSwarm() {
        // Whoever leads the Swarm: its managers elect whom they like, and when that one dies, too, all takes longer.
        Machines.Machine dead = cluster.serving();
        Set<String> fixed = of("data", dead.running());
        assertThat(fixed).isNotEmpty();
        long began = System.nanoTime();
        dead.node().crash();
        await("another one serves", () -> cluster.isServedByOther(dead));
        report("a manager that served dead to another one serving", began);
        awaitElsewhere(dead, "a manager that served dead", began);
        fewNoticed("a manager that served dead");
        await("the node is shown as down", () -> cluster.anyServer().must("hosts").out().matches("(?s).*" + dead.node().name() + " +✗ down.*"));
        assertThat(of("data", cluster.running())).as("those with volumes wait").doesNotContainAnyElementsOf(fixed);
        began = System.nanoTime();
        dead.boot();
        await("back", this::converged);
        report("booted to its fixed instances ready again", began);
        assertThat(dead.running().keySet()).as("only what has its volumes there comes back").isEqualTo(fixed);
        nobodyNoticed("a manager booted");
    }
}
