package concierge.bench;

import concierge.endtoend.Installation;
import concierge.endtoend.Machines;
import concierge.testing.EngineNode;
import concierge.testing.RawDocker;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/**
 * What a loss costs: three machines with an engine each, which run six containers by us and six by the Swarm of the same
 * three engines, all managers. One crash of a machine is timed for both; then our leader dies, then Swarm's. The
 * engines' own lists tell what runs. Arguments: {@code [runs]}.
 */
public final class ClusterBench {
    private static final int REPLICAS = 6;
    private static final int MORE = 3;
    private static final Duration LIMIT = Duration.ofMinutes(3);

    /** A twentieth of a second is far below what is measured. */
    private static final Duration LOOK = Duration.ofMillis(50);

    private static final List<String> COMMAND = List.of("sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait");

    private static final String STACK = """
            viking:
              name: bench
            deploy:
              web:
                image: busybox:stable
                run: [sh, -c, "trap 'exit 0' TERM; sleep 100000 & wait"]
                scale: %d
            """.formatted(REPLICAS);

    private static final String OURS = "concierge.instance";
    private static final String SWARM = "com.docker.swarm.service.name=" + SwarmService.NAME;

    private final Machines machines;
    private final SwarmService service;
    private final List<Double> ourLoss = new ArrayList<>();
    private final List<Double> swarmLoss = new ArrayList<>();
    private final List<Double> ourLeader = new ArrayList<>();
    private final List<Double> swarmLeader = new ArrayList<>();

    private ClusterBench(Machines machines, SwarmService service) {
        this.machines = machines;
        this.service = service;
    }

    public static void main(String[] arguments) throws Exception {
        int runs = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3;
        Path folder = Files.createTempDirectory("cluster-bench");
        try (Machines machines = Machines.start(folder, List.of("s1", "s2"), 3)) {
            machines.engines().swarm(3);
            ClusterBench bench = new ClusterBench(machines, SwarmService.create(machines.engines().node(1).raw(), COMMAND));
            Files.writeString(folder.resolve("viking.yml"), STACK);
            machines.anyServer().must("up", folder.toString());
            for (int run = 0; run < runs; run++) {
                bench.spread();
                bench.aMachineDies();
                bench.spread();
                bench.ourLeaderDies();
                bench.spread();
                bench.swarmsLeaderDies();
            }
            bench.print(runs);
        }
    }

    private void print(int runs) {
        System.out.println("\n| what | concierge, s | Swarm, s | ratio | runs |\n| --- | --- | --- | --- | --- |");
        line("a machine dead to all its containers replaced", ourLoss, swarmLoss, runs);
        line("the leader killed to the next change carried out", ourLeader, swarmLeader, runs);
    }

    private static void line(String what, List<Double> ours, List<Double> theirs, int runs) {
        double own = ours.stream().sorted().toList().get(runs / 2);
        double other = theirs.stream().sorted().toList().get(runs / 2);
        System.out.printf(Locale.ROOT, "| %s | %.1f (%s) | %.1f (%s) | %.2f | %d |%n", what, own, range(ours), other, range(theirs), own / other, runs);
    }

    private static String range(List<Double> all) {
        return String.format(Locale.ROOT, "%.1f to %.1f", all.stream().min(Double::compare).orElseThrow(), all.stream().max(Double::compare).orElseThrow());
    }

    /** Two of each on every machine: who was away gets nothing back by itself. */
    private void spread() throws Exception {
        scale(0);
        until("a Swarm of three", () -> {
            int ready = 0;
            for (JsonNode node : anyManager(null).get("/nodes").ok().json()) {
                if (node.at("/Status/State").asString().equals("ready") && node.at("/ManagerStatus/Reachability").asString().equals("reachable")) ready++;
            }
            return ready == 3;
        });
        until("hosts", () -> machines.up().size() == 3);
        swarmScale(null, 0);
        until("nothing runs", () -> running(OURS, nodes(null)) == 0 && running(SWARM, nodes(null)) == 0);
        scale(REPLICAS);
        swarmScale(null, REPLICAS);
        until("all run", () -> {
            for (EngineNode node : nodes(null)) if (running(OURS, List.of(node)) != 2 || running(SWARM, List.of(node)) != 2) return false;
            return machines.anyServer().allReady("bench", REPLICAS);
        });
    }

    private void aMachineDies() {
        EngineNode leader = leader();
        Machines.Machine dead = machines.machines().stream().filter(machine -> machine.node() != leader).findFirst().orElseThrow();
        List<EngineNode> left = nodes(dead.node());
        long began = System.nanoTime();
        dead.node().crash();
        double[] seconds = new double[2];
        until("replacements", () -> {
            if (seconds[0] == 0 && running(OURS, left) == REPLICAS) seconds[0] = since(began);
            if (seconds[1] == 0 && running(SWARM, left) == REPLICAS) seconds[1] = since(began);
            return seconds[0] > 0 && seconds[1] > 0;
        });
        ourLoss.add(seconds[0]);
        swarmLoss.add(seconds[1]);
        dead.boot();
    }

    private void ourLeaderDies() throws Exception {
        String dead = machines.leader();
        Installation other = machines.server(dead.equals("s1") ? "s2" : "s1");
        long began = System.nanoTime();
        ProcessHandle.of(machines.server(dead).serverPid()).orElseThrow().destroyForcibly();
        scale(other, REPLICAS + MORE);
        until("one more", () -> running(OURS, nodes(null)) > REPLICAS);
        ourLeader.add(since(began));
        machines.server(dead).must("server", "start");
    }

    private void swarmsLeaderDies() throws Exception {
        EngineNode dead = leader();
        List<EngineNode> left = nodes(dead);
        int before = running(SWARM, left);
        long began = System.nanoTime();
        // As our server's, its containers run on.
        dead.killEngine();
        swarmScale(dead, REPLICAS + MORE);
        until("one more", () -> running(SWARM, left) > before);
        swarmLeader.add(since(began));
        dead.restart();
    }

    private void scale(int count) throws Exception {
        scale(machines.anyServer(), count);
    }

    private static void scale(Installation server, int count) {
        HttpResponse<String> answer = server.send("POST", "/v1/stacks/bench/scale", "{\"tag\": \"default\", \"service\": \"web\", \"scale\": " + count + "}");
        if (answer.statusCode() >= 300) throw new IllegalStateException(answer.body());
    }

    /** Asks until a manager takes it: while nobody leads it is refused. */
    private void swarmScale(EngineNode dead, int count) throws Exception {
        until("Swarm takes it", () -> service.tryScale(anyManager(dead), count).status() == 200);
    }

    private RawDocker anyManager(EngineNode dead) {
        return nodes(dead).getFirst().raw();
    }

    private EngineNode leader() {
        for (JsonNode node : anyManager(null).get("/nodes").ok().json()) {
            if (!node.at("/ManagerStatus/Leader").asBoolean(false)) continue;
            String name = node.at("/Description/Hostname").asString();
            return nodes(null).stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
        }
        throw new IllegalStateException("no leader");
    }

    private List<EngineNode> nodes(EngineNode without) {
        return machines.engines().nodes().stream().filter(node -> node != without).toList();
    }

    private static int running(String label, List<EngineNode> nodes) {
        String filter = URLEncoder.encode("{\"label\":[\"" + label + "\"]}", StandardCharsets.UTF_8);
        int count = 0;
        for (EngineNode node : nodes) count += node.raw().get("/containers/json?filters=" + filter).ok().json().size();
        return count;
    }

    private static double since(long began) {
        return (System.nanoTime() - began) / 1e9;
    }

    private static void until(String what, Callable<Boolean> condition) {
        Awaitility.await(what).atMost(LIMIT).pollInterval(LOOK).pollDelay(Duration.ZERO).ignoreExceptions().until(condition);
    }
}
