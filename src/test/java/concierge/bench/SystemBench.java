package concierge.bench;

import concierge.endtoend.Installation;
import concierge.testing.DockerEngine;
import concierge.testing.RawDocker;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/**
 * The real program beside what a user would use instead, on one private engine, in turns: from a request
 * to N containers running (raw API calls, docker-compose, Swarm), from a death to the restart (the
 * engine's own policy), the command line, and memory. Needs root and a built {@code ./concierge};
 * docker-compose is left out where it is not installed. Arguments: {@code [runs at N=1] [runs at N=50] [starts |
 * commands | deaths]}; without the last, all three.
 */
public final class SystemBench {
    /** Ends at once when told to, so that clearing up between runs is quick. */
    private static final List<String> COMMAND = List.of("sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait");

    /** The anchor keeps the stack's network there when nothing else runs: making it is not what is compared. */
    private static final String STACK = """
            viking:
              name: bench
            deploy:
              web:
                image: busybox:stable
                executor: docker
                run: [sh, -c, "trap 'exit 0' TERM; sleep 100000 & wait"]
                scale: 0
              anchor:
                image: busybox:stable
                executor: docker
                run: [sh, -c, "trap 'exit 0' TERM; sleep 100000 & wait"]
            """;

    private static final String COMPOSE = """
            version: "2.4"
            services:
              web:
                image: busybox:stable
                command: [sh, -c, "trap 'exit 0' TERM; sleep 100000 & wait"]
            """;

    private static final String OURS = "bench-default-web-";
    private static final String ANCHOR = "bench-default-anchor-";

    private static final int MANY = 50;
    private static final int COMMANDS = 21;

    private final DockerEngine engine;
    private final Installation installation;
    private final RawDocker raw;
    private final EngineEvents events;
    private final HttpClient http = HttpClient.newHttpClient();

    private SystemBench(DockerEngine engine, Installation installation, EngineEvents events) {
        this.engine = engine;
        this.installation = installation;
        this.raw = engine.raw();
        this.events = events;
    }

    public static void main(String[] arguments) throws Exception {
        int single = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 15;
        int many = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
        Set<String> parts = arguments.length > 2 ? Set.of(arguments[2]) : Set.of("starts", "commands", "deaths");
        if (parts.contains("starts") || parts.contains("commands")) {
            on(DockerEngine.start(), bench -> {
                long idle = memory(bench.installation.serverPid());
                if (parts.contains("starts")) bench.starts(single, many);
                if (parts.contains("commands")) bench.commands(idle);
            });
        }
        // Only here the engine tells of each request, which costs it time.
        if (parts.contains("deaths")) on(DockerEngine.start("--debug"), bench -> bench.deaths(single));
    }

    private interface Part {
        void run(SystemBench bench) throws Exception;
    }

    private static void on(DockerEngine started, Part part) throws Exception {
        try (DockerEngine engine = started;
                Installation installation = new Installation(engine.address());
                EngineEvents events = new EngineEvents(engine.socket())) {
            SystemBench bench = new SystemBench(engine, installation, events);
            bench.prepare();
            part.run(bench);
        }
    }

    private void commands(long idle) throws Exception {
        scale(MANY);
        events.await("start", OURS, MANY);
        long busy = memory(installation.serverPid());
        commandLine();
        System.out.println("\n| process | resident memory, MiB |\n| --- | --- |");
        System.out.printf("| server, idle | %d |%n| server, %d containers | %d |%n| router | %d |%n",
                idle, MANY, busy, memory(installation.routerPid()));
        clear();
    }

    /** Server, stack with nothing running, and the networks of all that is compared. */
    private void prepare() throws Exception {
        Path folder = Files.createDirectories(installation.home().resolve("stack"));
        Files.writeString(folder.resolve("viking.yml"), STACK);
        Files.writeString(folder.resolve("docker-compose.yml"), COMPOSE);
        Installation.Outcome up = installation.concierge(folder, null, "up");
        if (up.exit() != 0) throw new IllegalStateException(up.toString() + installation.log());
        raw.post("/networks/create", Map.of("Name", "raw", "CheckDuplicate", true,
                "IPAM", Map.of("Config", List.of(Map.of("Subnet", "10.199.0.0/24"))))).ok();
        ours(1);
        clear();
    }

    private interface Run {
        /** Seconds until that many run. */
        double seconds(int count) throws Exception;
    }

    private record Contender(String name, Run run) {}

    private void starts(int single, int many) throws Exception {
        System.out.println("\n| containers | started by | to running, s | over raw | difference, ms | runs |\n| --- | --- | --- | --- | --- | --- |");
        Contender direct = new Contender("raw parallel API calls", this::direct);
        Contender ours = new Contender("concierge", this::ours);
        compare(1, single, List.of(direct, ours));
        List<Contender> all = new ArrayList<>(List.of(direct, ours));
        if (composeIsThere()) all.add(new Contender("docker-compose up --scale", this::compose));
        compare(MANY, many, all);
        // Last, and beside fresh raw runs: as a member of a swarm the engine is slower at everything.
        raw.post("/swarm/init", Map.of("ListenAddr", "127.0.0.1:2377", "AdvertiseAddr", "127.0.0.1")).ok();
        SwarmService service = SwarmService.create(raw, COMMAND);
        compare(MANY, Math.max(1, many / 2), List.of(direct, new Contender("Swarm service", count -> swarm(service, count))));
        service.remove(raw);
        clear();
        raw.post("/swarm/leave?force=1").ok();
    }

    private void compare(int count, int runs, List<Contender> contenders) throws Exception {
        double[][] seconds = new double[contenders.size()][runs];
        for (int run = 0; run < runs; run++) {
            for (int i = 0; i < contenders.size(); i++) {
                seconds[i][run] = contenders.get(i).run.seconds(count);
                clear();
            }
        }
        double base = median(seconds[0]);
        for (int i = 0; i < contenders.size(); i++) {
            double own = median(seconds[i]);
            System.out.printf(Locale.ROOT, "| %d | %s | %.3f | %.2f | %.0f | %d |%n", count, contenders.get(i).name, own, own / base, (own - base) * 1000, runs);
        }
    }

    private double ours(int count) throws Exception {
        long before = EngineEvents.now();
        scale(count);
        return (events.await("start", OURS, count) - before) / 1e9;
    }

    private void scale(int count) throws IOException, InterruptedException {
        String body = "{\"tag\": \"default\", \"service\": \"web\", \"scale\": " + count + "}";
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create(installation.server().get("api").asString() + "/v1/stacks/bench/scale"))
                        .header("Authorization", "Bearer " + Files.readString(installation.home().resolve("token")).strip())
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() >= 300) throw new IllegalStateException(answer.body());
    }

    private double direct(int count) throws Exception {
        long before = EngineEvents.now();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int n = 1; n <= count; n++) {
                String name = "raw-" + n;
                threads.submit(() -> raw.run(name, parameters("no")));
            }
            return (events.await("start", "raw-", count) - before) / 1e9;
        }
    }

    /** As our executor asks for the same. */
    private static Map<String, Object> parameters(String restart) {
        return Map.of(
                "Image", "busybox:stable", "Cmd", COMMAND,
                "Env", List.of("VIKING_ID=bench/default/web/1", "VIKING_STACK=bench", "VIKING_TAG=default", "VIKING_NAME=web", "VIKING_PID=1"),
                "Labels", Map.of("a", "1", "b", "2", "c", "3", "d", "4", "e", "5"),
                "StopTimeout", 10,
                "NetworkingConfig", Map.of("EndpointsConfig", Map.of("raw", Map.of("Aliases", List.of("web", "web.bench")))),
                "HostConfig", Map.of(
                        "NetworkMode", "raw", "RestartPolicy", Map.of("Name", restart),
                        "LogConfig", Map.of("Type", "json-file", "Config", Map.of("max-size", "10m", "max-file", "3"))));
    }

    private static boolean composeIsThere() {
        for (String directory : System.getenv("PATH").split(":")) if (Files.isExecutable(Path.of(directory, "docker-compose"))) return true;
        return false;
    }

    private double compose(int count) throws Exception {
        composeUp(0);
        events.forget();
        long before = EngineEvents.now();
        composeUp(count);
        return (events.await("start", "stack_web_", count) - before) / 1e9;
    }

    private void composeUp(int count) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("docker-compose", "up", "-d", "--scale", "web=" + count)
                .directory(installation.home().resolve("stack").toFile())
                .redirectErrorStream(true)
                .redirectOutput(installation.home().resolve("compose.log").toFile());
        builder.environment().putAll(Map.of("DOCKER_HOST", engine.address(), "COMPOSE_PARALLEL_LIMIT", "1000"));
        if (builder.start().waitFor() != 0) throw new IllegalStateException(Files.readString(installation.home().resolve("compose.log")));
    }

    private double swarm(SwarmService service, int count) {
        long before = EngineEvents.now();
        service.scale(raw, count);
        double seconds = (events.await("start", "swarm.", count) - before) / 1e9;
        service.scale(raw, 0);
        return seconds;
    }

    /** Takes every container away, by whoever made it, and waits until all are gone. */
    private void clear() throws Exception {
        scale(0);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (String name : containers()) {
                if (name.startsWith("raw-") || name.startsWith("stack_")) threads.submit(() -> raw.delete("/containers/" + name + "?force=1"));
            }
        }
        Awaitility.await().atMost(Duration.ofMinutes(2)).pollInterval(Duration.ofMillis(100)).until(() -> containers().isEmpty());
        Awaitility.await().atMost(Duration.ofMinutes(1)).pollInterval(Duration.ofMillis(100))
                .until(() -> web().isEmpty());
        events.forget();
    }

    /** The names of all but the anchor's. */
    private List<String> containers() {
        List<String> names = new ArrayList<>();
        for (JsonNode container : raw.get("/containers/json?all=1").ok().json()) {
            String name = container.get("Names").get(0).asString().substring(1);
            if (!name.startsWith(ANCHOR)) names.add(name);
        }
        return names;
    }

    private List<JsonNode> web() {
        List<JsonNode> instances = new ArrayList<>();
        for (JsonNode instance : installation.api("/v1/ps").get("instances")) {
            if (instance.get("service").asString().equals("web")) instances.add(instance);
        }
        return instances;
    }

    /** From the death of a container's process to the request that starts it again, and until it runs again. */
    private void deaths(int runs) throws Exception {
        double[] request = new double[runs];
        double[] ours = new double[runs];
        double[] policy = new double[runs];
        for (int run = 0; run < runs; run++) {
            scale(1);
            ours[run] = death(OURS);
            // What a restart is to the engine: the same container once more, or a new one.
            request[run] = nextRequest(events.await("die", OURS, 1)) / 1e6;
            clear();
            // A new one each time: the engine doubles its delay for one that died a short time ago.
            raw.run("raw-1", parameters("always"));
            policy[run] = death("raw-");
            clear();
        }
        System.out.println("\n| a container's process is killed | median, ms | runs |\n| --- | --- | --- |");
        System.out.printf(Locale.ROOT, "| die event to start request | %.0f | %d |%n", median(request), runs);
        System.out.printf(Locale.ROOT, "| kill to running | %.0f | %d |%n", median(ours), runs);
        System.out.printf(Locale.ROOT, "| kill to running, engine's restart=always | %.0f | %d |%n", median(policy), runs);
    }

    private double death(String prefix) throws Exception {
        events.await("start", prefix, 1);
        if (prefix.equals(OURS)) awaitReady();
        long pid = raw.get("/containers/" + containers().getFirst() + "/json").ok().json().get("State").get("Pid").asLong();
        events.forget();
        long before = EngineEvents.now();
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
        return (events.await("start", prefix, 1) - before) / 1e6;
    }

    private void awaitReady() {
        Awaitility.await().atMost(Duration.ofMinutes(1)).pollInterval(Duration.ofMillis(50)).until(() -> {
            List<JsonNode> instances = web();
            return instances.size() == 1 && instances.getFirst().get("state").asString().equals("ready");
        });
    }

    private static final Pattern CALL = Pattern.compile("time=\"([^\"]+)\".*Calling POST /v[0-9.]+/containers/(create|[^/]+/start)");

    /** Nanoseconds from there to the engine's next request to start or create, by its log. */
    private long nextRequest(long after) throws IOException {
        for (String line : Files.readAllLines(engine.socket().resolveSibling("log"))) {
            Matcher call = CALL.matcher(line);
            if (!call.find()) continue;
            Instant at = Instant.parse(call.group(1));
            long nanos = at.getEpochSecond() * 1_000_000_000 + at.getNano();
            if (nanos > after) return nanos - after;
        }
        throw new IllegalStateException("no start request in the engine's log");
    }

    private void commandLine() throws Exception {
        System.out.println("\n| command, with " + MANY + " containers | median, ms | runs |\n| --- | --- | --- |");
        for (List<String> command : List.of(List.of("ps"), List.of("version"), List.of("--help"))) {
            double[] millis = new double[COMMANDS];
            for (int i = 0; i < COMMANDS; i++) {
                long before = System.nanoTime();
                installation.must(command.toArray(String[]::new));
                millis[i] = (System.nanoTime() - before) / 1e6;
            }
            System.out.printf(Locale.ROOT, "| concierge %s | %.0f | %d |%n", String.join(" ", command), median(millis), COMMANDS);
        }
        double[] millis = new double[COMMANDS];
        for (int i = 0; i < COMMANDS; i++) {
            long before = System.nanoTime();
            ProcessBuilder builder = new ProcessBuilder("docker", "-H", engine.address(), "ps").redirectOutput(ProcessBuilder.Redirect.DISCARD);
            if (builder.start().waitFor() != 0) throw new IllegalStateException("docker ps");
            millis[i] = (System.nanoTime() - before) / 1e6;
        }
        System.out.printf(Locale.ROOT, "| docker ps | %.0f | %d |%n", median(millis), COMMANDS);
    }

    private static long memory(long pid) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
            if (line.startsWith("VmRSS:")) return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
        }
        throw new IOException("no VmRSS of " + pid);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        java.util.Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
