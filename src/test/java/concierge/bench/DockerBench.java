package concierge.bench;

import concierge.executor.Workload;
import concierge.executor.docker.DockerExecutor;
import concierge.executor.docker.DockerSettings;
import concierge.model.Digest;
import concierge.model.InstanceId;
import concierge.model.ServiceSpec;
import concierge.testing.DockerEngine;
import concierge.testing.RawDocker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * From "run these" to N containers running, image and network present: parallel raw API calls against
 * {@link DockerExecutor#ensure}, in turns on the same engine, so that what changes meanwhile changes both.
 * Arguments: {@code [runs at N=1] [runs at N=50]}.
 */
public final class DockerBench {
    private static final List<String> COMMAND = List.of("sleep", "100000");

    private DockerBench() {}

    public static void main(String[] arguments) throws Exception {
        int single = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 15;
        int many = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
        Path logs = Files.createTempDirectory("bench");
        try (DockerEngine engine = DockerEngine.start();
                DockerExecutor executor = new DockerExecutor(DockerSettings.of("docker-bench", logs).withEngine(engine.address()))) {
            compare(engine.raw(), executor, 1, 2, false);
            System.out.println("| containers | raw API, s | executor, s | ratio | difference, ms | runs |");
            System.out.println("| --- | --- | --- | --- | --- | --- |");
            compare(engine.raw(), executor, 1, single, true);
            compare(engine.raw(), executor, 50, many, true);
        } finally {
            try (Stream<Path> files = Files.walk(logs)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
            }
        }
    }

    private static void compare(RawDocker raw, DockerExecutor executor, int count, int runs, boolean print) throws Exception {
        List<Double> direct = new ArrayList<>();
        List<Double> ours = new ArrayList<>();
        // both networks stay over the runs: making them is not what is compared
        executor.ensure(workload(1000), _ -> {});
        raw.post("/networks/create", Map.of("Name", "raw", "CheckDuplicate", true, "IPAM", Map.of("Config", List.of(Map.of("Subnet", "10.199.0.0/24")))));
        for (int run = 0; run < runs; run++) {
            direct.add(seconds(count, n -> raw.run("raw-" + n, parameters())));
            for (int n = 1; n <= count; n++) raw.delete("/containers/raw-" + n + "?force=1").ok();
            ours.add(seconds(count, n -> executor.ensure(workload(n), _ -> {})));
            for (int n = 1; n <= count; n++) executor.remove(workload(n).instance());
        }
        if (!print) return;
        double a = median(direct);
        double b = median(ours);
        System.out.printf("| %d | %.3f | %.3f | %.2f | %.0f | %d |%n", count, a, b, b / a, (b - a) * 1000, runs);
    }

    private interface Start {
        Object run(int n);
    }

    private static double seconds(int count, Start start) throws InterruptedException, ExecutionException {
        List<Callable<Object>> starts = new ArrayList<>();
        for (int n = 1; n <= count; n++) {
            int number = n;
            starts.add(() -> start.run(number));
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            long before = System.nanoTime();
            for (Future<Object> done : threads.invokeAll(starts)) done.get();
            return (System.nanoTime() - before) / 1e9;
        }
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }

    private static Map<String, Object> parameters() {
        return Map.of(
                "Image", "busybox:stable", "Cmd", COMMAND, "ExposedPorts", Map.of(),
                "HostConfig", Map.of("NetworkMode", "raw", "LogConfig", Map.of("Type", "json-file", "Config", Map.of("max-size", "10m", "max-file", "3"))));
    }

    private static Workload workload(int n) {
        ServiceSpec spec = ServiceSpec.of("busybox:stable").with().command(COMMAND).build();
        return new Workload(new InstanceId(InstanceId.parse("bench/default/web/1").service(), n), 1, Digest.of("x"), spec, new TreeMap<>(), Map.of(), "127.0.0.1");
    }
}
