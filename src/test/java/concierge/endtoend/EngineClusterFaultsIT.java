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
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** {@link ClusterFaults} with an engine of its own on each machine. */
class EngineClusterFaultsIT extends ClusterFaults {
    private static final int WEB = 24;
    private static final int DATA = 3;

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
                update: {parallel: 8, monitor: 1s}
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

    EngineClusterFaultsIT() {
        super("docker", '/', Map.of("web", WEB, "data", DATA, "single", DATA));
    }

    @Override
    Machines startMachines(Path folder, List<String> servers) {
        return Machines.start(folder, servers, 3);
    }

    @Override
    String stack() {
        return STACK;
    }

    @Override
    boolean isOn(Machines.Machine machine, JsonNode instance) {
        return instance.get("host").asString().equals(machine.node().name());
    }

    @Test
    @Order(2)
    void processesAreCheckedAndRoutedAtTheirMachinesAddresses() {
        String plain = """
                viking: {name: plain}
                deploy:
                  web:
                    executor: process
                    scale: 3
                    expose: [80]
                    health: {http: /, interval: 1s}
                    stop_grace: 1s
                    run: [sh, -c, 'mkdir -p www && echo $VIKING_PID > www/index.html && exec busybox httpd -f -p $PORT -h www']
                    domains: [plain.localhost]
                """;
        cluster.anyServer().must("up", Stacks.folder(folder, "plain", plain).toString());
        Set<String> answers = new TreeSet<>();
        await("each answers the router", () -> {
            var answer = cluster.server("s1").route("plain.localhost");
            if (answer.statusCode() == 200) answers.add(answer.body().strip());
            return answers.size() == 3;
        });
        assertThat(answers).containsExactly("1", "2", "3");
        cluster.anyServer().must("down", "plain");
    }

    @Test
    @Order(11)
    void aMemberOfEtcdMayDie() {
        Map<String, List<Instant>> before = cluster.running();
        int dead = cluster.etcd().leader();
        long began = System.nanoTime();
        cluster.etcd().kill(dead);
        changed(cluster.server("s1"));
        report("etcd's leader killed to a change carried out", began);
        untouched(before);
        nobodyNoticed("a member of etcd dead");
        cluster.etcd().start(dead);
        cluster.etcd().awaitHealthy();
    }

    @Test
    @Order(12)
    void instancesAndRouterGoOnWithoutEtcdAndAllCatchesUp() {
        Map<String, List<Instant>> before = cluster.running();
        cluster.etcd().killAll();
        Installation.hold(OUTAGE);
        Map<String, List<Instant>> left = new TreeMap<>(before);
        left.keySet().removeAll(of("single", before));
        assertThat(cluster.running()).as("instances run on without a store, but for those whose agents cannot know").isEqualTo(left);
        assertThat(cluster.up()).as("hosts are shown as they were").hasSize(3);
        nobodyNoticed("no etcd for " + OUTAGE.toSeconds() + " s");
        cluster.etcd().startAll();
        long began = System.nanoTime();
        await("hosts", () -> cluster.up().size() == 3);
        changed(cluster.server("s1"));
        report("etcd back to a change carried out", began);
        await("those are back", this::converged);
        assertThat(cluster.running()).as("nothing was moved").containsAllEntriesOf(left);
        nobodyNoticed("etcd back");
    }

    @Test
    @Order(30)
    void whatALostMachineRanRunsElsewhereAndOnlyThere() {
        Machines.Machine dead = cluster.machine("node2");
        long began = System.nanoTime();
        dead.node().crash();
        awaitElsewhere(dead, "a machine dead", began);
        await("what must not run twice", () -> readyElsewhere(dead, "single") == DATA);
        report("a machine dead to those that must not run twice ready elsewhere", began);
        fewNoticed("a machine dead");
        began = System.nanoTime();
        dead.boot();
        await("back", this::converged);
        report("booted to its fixed instances ready again", began);
        assertThat(dead.running().keySet()).as("what was replaced stays away").isEqualTo(of("data", dead.running()));
        nobodyNoticed("a machine booted");
    }

    @Test
    @Order(31)
    void nobodyNoticesThatAllInstancesAreReplaced() {
        Map<String, List<Instant>> before = cluster.running();
        long began = System.nanoTime();
        cluster.server("s1").must("restart", "shop/web");
        await("all are others", () -> {
            Map<String, List<Instant>> now = cluster.running();
            return of("web", now).stream().noneMatch(web -> now.get(web).equals(before.get(web))) && converged();
        });
        report("all routed instances replaced", began);
        nobodyNoticed("instances replaced one after another");
    }

    @Test
    @Order(32)
    void whatACutOffMachineRanIsStoppedThereWhenItIsBack() {
        Machines.Machine lonely = cluster.machine("node3");
        Map<String, List<Instant>> before = lonely.running();
        Instant cut = Instant.now();
        long began = System.nanoTime();
        lonely.node().cutOff();
        awaitElsewhere(lonely, "a machine cut off", began);
        await("what must not run twice", () -> readyElsewhere(lonely, "single") == DATA);
        report("a machine cut off to those that must not run twice ready elsewhere", began);
        fewNoticed("a machine cut off");
        Map<String, Instant> ended = lonely.ended(cut);
        assertThat(ended.keySet()).as("only what must not run twice is stopped there").isNotEmpty().isEqualTo(of("single", before));
        Map<String, List<Instant>> elsewhere = runningBeside(lonely);
        ended.forEach((instance, at) -> assertThat(elsewhere.get(instance)).as(instance).allMatch(at::isBefore));
        assertThat(elsewhere.keySet()).as("fixed ones wait for it").doesNotContainAnyElementsOf(of("data", before));
        began = System.nanoTime();
        lonely.node().reconnect();
        await("what was replaced is stopped", this::converged);
        report("reconnected to all that was replaced stopped there", began);
        before.keySet().retainAll(of("data", before));
        assertThat(lonely.running()).as("what was not is adopted").isEqualTo(before);
        nobodyNoticed("a machine reconnected");
    }
}
