package concierge.bench;

import concierge.endtoend.Installation;
import concierge.json.Json;
import concierge.testing.DockerEngine;
import concierge.testing.RawDocker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * From a task's being available to its container's start, by the engine's clock, beside the engine's own start of the same
 * container, in turns; and how many calls one queue answers. Arguments: {@code [runs at each interval]}.
 */
public final class PortierBench {
    private static final List<String> COMMAND = List.of("sleep", "100000");

    private final DockerEngine engine;
    private final EngineEvents events;
    private final Installation queue;
    private final int port;

    private PortierBench(DockerEngine engine, EngineEvents events, Installation queue, int port) {
        this.engine = engine;
        this.events = events;
        this.queue = queue;
        this.port = port;
    }

    public static void main(String[] arguments) throws Exception {
        int runs = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100;
        int port = freePort();
        try (DockerEngine engine = DockerEngine.start();
                EngineEvents events = new EngineEvents(engine.socket());
                Installation queue = new Installation("unix:///nonexistent/docker.sock")
                        .with("CONCIERGE_QUEUE__ENABLED", "true").with("CONCIERGE_QUEUE__PORT", Integer.toString(port))
                        .with("CONCIERGE_AGENT__ENABLED", "false").with("CONCIERGE_ROUTER__ENABLED", "false")) {
            queue.must("server", "start");
            PortierBench bench = new PortierBench(engine, events, queue, port);
            System.out.println("| interval | engine p50, ms | p99 | task p50, ms | p99 | difference p50 | ratio p50 | runs |");
            System.out.println("| --- | --- | --- | --- | --- | --- | --- | --- |");
            for (String interval : List.of("2s", "200ms")) bench.latency(interval, runs);
            System.out.println();
            bench.rates();
        }
    }

    private void latency(String interval, int runs) throws IOException {
        String identity = "bench-" + interval;
        admit(identity);
        engine.raw().post("/networks/create", Map.of("Name", "raw", "CheckDuplicate", true, "IPAM", Map.of("Config", List.of(Map.of("Subnet", "10.199.0.0/24")))));
        try (Installation concierge = new Installation(engine.address())
                .with("CONCIERGE_PORTIER_ENDPOINT", "http://127.0.0.1:" + port).with("CONCIERGE_IDENTITY", identity)
                .with("CONCIERGE_PORTIER__INTERVAL", interval).with("CONCIERGE_ROUTER__ENABLED", "false")
                .with("CONCIERGE_TYPES__boxed", "{image = 'busybox:stable', run = ['sleep', '100000'], stop_grace = '0s'}")) {
            concierge.must("server", "start");
            Random random = new Random(1);
            List<Double> direct = new ArrayList<>();
            List<Double> tasks = new ArrayList<>();
            for (int run = -2; run < runs; run++) {
                double one = engineStart();
                // Anywhere within a beat.
                LockSupport.parkNanos(random.nextLong(2_000_000_000L));
                double other = taskStart();
                if (run < 0) continue;
                direct.add(one);
                tasks.add(other);
            }
            double a = percentile(direct, 50);
            double b = percentile(tasks, 50);
            System.out.printf("| %s | %.0f | %.0f | %.0f | %.0f | %.0f | %.2f | %d |%n", interval, a, percentile(direct, 99), b, percentile(tasks, 99), b - a, b / a, runs);
        }
    }

    private double engineStart() {
        events.forget();
        RawDocker raw = engine.raw();
        long before = EngineEvents.now();
        raw.run("raw", Map.of("Image", "busybox:stable", "Cmd", COMMAND, "HostConfig", Map.of("NetworkMode", "raw")));
        double millis = (events.await("start", "raw", 1) - before) / 1e6;
        raw.delete("/containers/raw?force=1").ok();
        return millis;
    }

    private double taskStart() {
        events.forget();
        long before = EngineEvents.now();
        String task = add("boxed");
        double millis = (events.await("start", "portier-boxed-", 1) - before) / 1e6;
        queue.send("DELETE", "/v1/queue/tasks/" + task, "");
        events.await("destroy", "portier-boxed-", 1);
        return millis;
    }

    private static double percentile(List<Double> values, int percent) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(Math.min(sorted.size() - 1, sorted.size() * percent / 100));
    }

    private void admit(String identity) {
        queue.send("POST", "/v1/queue/identities", Json.write(Map.of("identity", identity)));
    }

    private String add(String type) {
        HttpResponse<String> answer = queue.send("POST", "/v1/queue/tasks", Json.write(Map.of("type", type, "configuration", Map.of())));
        return Json.mapper().readTree(answer.body()).path("uuid").asString();
    }

    /** A thousand tasks of a type that nobody runs, and twenty who claim them at once. */
    private void rates() throws InterruptedException {
        ConcurrentLinkedQueue<String> tasks = new ConcurrentLinkedQueue<>();
        all(20, _ -> {
            for (int i = 0; i < 50; i++) tasks.add(add("nobodys"));
        });
        for (int i = 0; i < 20; i++) admit("caller" + i);
        try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            AtomicInteger beats = new AtomicInteger();
            double seconds = all(20, caller -> {
                for (int i = 0; i < 25; i++) if (call(client, caller, "heartbeat") == 200) beats.incrementAndGet();
            });
            System.out.printf("heartbeats over 1,000 tasks: %.0f/s%n", beats.get() / seconds);
            AtomicInteger claims = new AtomicInteger();
            seconds = all(20, caller -> {
                for (String task = tasks.poll(); task != null; task = tasks.poll()) if (call(client, caller, "claim/" + task) == 200) claims.incrementAndGet();
            });
            System.out.printf("claims of 1,000 tasks by 20 concierges: %d, %.0f/s%n", claims.get(), claims.get() / seconds);
        }
    }

    private interface Work {
        void run(int caller);
    }

    /** In seconds. */
    private static double all(int callers, Work work) throws InterruptedException {
        long before = System.nanoTime();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            IntStream.range(0, callers).forEach(caller -> threads.submit(() -> work.run(caller)));
        }
        return Duration.ofNanos(System.nanoTime() - before).toNanos() / 1e9;
    }

    private int call(HttpClient client, int caller, String call) {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/concierge/api/caller" + caller + "/" + call))
                    .POST(HttpRequest.BodyPublishers.noBody()).build();
            return client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
