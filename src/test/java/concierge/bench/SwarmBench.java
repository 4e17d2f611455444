package concierge.bench;

import concierge.endtoend.Installation;
import concierge.testing.EngineCluster;
import concierge.testing.EngineNode;
import concierge.testing.RawDocker;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/**
 * What our Swarm executor adds to a Swarm: from one request to so many containers running on three engines, by our API,
 * by one Swarm service with so many replicas, and by so many services made at once. They take turns. Arguments: {@code
 * [runs]}.
 */
public final class SwarmBench {
    private static final int[] COUNTS = {1, 12};
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final Duration LOOK = Duration.ofMillis(20);
    private static final String LABEL = "com.docker.swarm.service.name";
    private static final String RUNNING =
            "/containers/json?filters=" + URLEncoder.encode("{\"label\":[\"" + LABEL + "\"]}", StandardCharsets.UTF_8);
    private static final List<String> COMMAND = List.of("sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait");

    private static final String STACK = """
            viking:
              name: bench
            deploy:
              web:
                image: busybox:stable
                executor: swarm
                stop_grace: 1s
                run: [sh, -c, "trap 'exit 0' TERM; sleep 100000 & wait"]
            """;

    private final EngineCluster engines;
    private final Installation installation;
    private final SwarmService replicas;
    private final Map<String, List<Double>> seconds = new LinkedHashMap<>();

    private SwarmBench(EngineCluster engines, Installation installation, SwarmService replicas) {
        this.engines = engines;
        this.installation = installation;
        this.replicas = replicas;
    }

    public static void main(String[] arguments) throws Exception {
        int runs = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3;
        try (EngineCluster engines = EngineCluster.start(3).swarm(1); Installation installation = new Installation(engines.node(1).engine())) {
            Path folder = Files.createTempDirectory("swarm-bench");
            Files.writeString(folder.resolve("viking.yml"), STACK);
            installation.must("server", "start");
            Awaitility.await().atMost(LIMIT).until(() -> installation.must("hosts").out().contains("node3"));
            installation.must("up", folder.toString());
            SwarmBench bench = new SwarmBench(engines, installation, SwarmService.create(engines.node(1).raw(), COMMAND));
            for (int run = 0; run < runs; run++) for (int count : COUNTS) bench.measure(count);
            bench.print();
        }
    }

    private void measure(int count) {
        time("one service with replicas", count, "swarm", () -> replicas.scale(manager(), count), () -> replicas.scale(manager(), 0));
        time("a service each", count, "each-", () -> each(count), () -> IntStream.range(0, count).forEach(i -> manager().delete("/services/each-" + i).ok()));
        scale(0);
        await("bench-", 0);
        time("concierge", count, "bench-", () -> scale(count), () -> scale(0));
    }

    private void time(String by, int count, String prefix, Runnable start, Runnable end) {
        long began = System.nanoTime();
        start.run();
        await(prefix, count);
        seconds.computeIfAbsent(by + "|" + count, _ -> new ArrayList<>()).add((System.nanoTime() - began) / 1e9);
        end.run();
        await(prefix, 0);
    }

    private void each(int count) {
        IntStream.range(0, count).parallel().forEach(i -> manager().post("/services/create", Map.of(
                "Name", "each-" + i,
                "TaskTemplate", Map.of(
                        "ContainerSpec", Map.of("Image", "busybox:stable", "Command", COMMAND),
                        "Networks", List.of(Map.of("Target", SwarmService.NAME))),
                "EndpointSpec", Map.of("Mode", "dnsrr"))).ok());
    }

    private void scale(int count) {
        HttpResponse<String> answer = installation.send("POST", "/v1/stacks/bench/scale", "{\"tag\": \"default\", \"service\": \"web\", \"scale\": " + count + "}");
        if (answer.statusCode() >= 300) throw new IllegalStateException(answer.body());
    }

    private RawDocker manager() {
        return engines.node(1).raw();
    }

    private void await(String prefix, int count) {
        Awaitility.await(prefix + count).atMost(LIMIT).pollInterval(LOOK).pollDelay(Duration.ZERO).until(() -> running(prefix) == count);
    }

    private int running(String prefix) {
        int count = 0;
        for (EngineNode node : engines.nodes()) {
            for (JsonNode container : node.raw().get(RUNNING).ok().json()) {
                if (container.get("Labels").get(LABEL).asString().startsWith(prefix)) count++;
            }
        }
        return count;
    }

    private void print() {
        System.out.println("\n| containers | by | to running, s (range) | over one service |\n| --- | --- | --- | --- |");
        seconds.forEach((key, all) -> {
            String count = key.substring(key.indexOf('|') + 1);
            double own = median(all);
            System.out.printf(Locale.ROOT, "| %s | %s | %.2f (%.2f to %.2f) | %.2f |%n", count, key.substring(0, key.indexOf('|')), own,
                    all.stream().min(Double::compare).orElseThrow(), all.stream().max(Double::compare).orElseThrow(),
                    own / median(seconds.get("one service with replicas|" + count)));
        });
    }

    private static double median(List<Double> all) {
        return all.stream().sorted().toList().get(all.size() / 2);
    }
}
