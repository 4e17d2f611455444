package concierge.endtoend;

import concierge.json.Json;
import concierge.runtime.Processes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * One installation of the real program, driven as a user would: by {@code ./concierge}, in a home of its
 * own, on ports of its own. Closing it takes everything down that it started.
 */
public final class Installation implements AutoCloseable {
    /** No command of these tests takes longer; a hang must not eat the whole build. */
    private static final Duration COMMAND_LIMIT = Duration.ofSeconds(150);

    /** A Docker host that nobody answers at. */
    static final String NO_ENGINE = "unix:///nonexistent/docker.sock";

    private Path home;
    private final Map<String, String> environment = new TreeMap<>();
    private List<String> inside = List.of();
    private boolean brief;
    private final int apiPort = freePort();
    private final int routerPort = freePort();

    /** What a command did. */
    public record Outcome(int exit, String out, String err) {
        JsonNode json() {
            return Json.mapper().readTree(out);
        }

        @Override
        public String toString() {
            return "exit " + exit + "\n--- out\n" + out + "--- err\n" + err;
        }
    }

    /** @param dockerHost where its engine is; one that does not answer means: processes only */
    public Installation(String dockerHost) {
        try {
            home = Files.createTempDirectory("concierge-it-");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        environment.put("CONCIERGE_HOME", home.toString());
        environment.put("CONCIERGE_API__PORT", Integer.toString(apiPort));
        environment.put("CONCIERGE_ROUTER__PORT", Integer.toString(routerPort));
        environment.put("DOCKER_HOST", dockerHost);
        environment.put("NO_COLOR", "1");
        environment.put("CONCIERGE_NO_BUILD", "1");
    }

    static Installation withoutEngine() {
        return new Installation(NO_ENGINE);
    }

    int apiPort() {
        return apiPort;
    }

    int routerPort() {
        return routerPort;
    }

    /** The processes that run as its instances: process id by instance and generation. */
    Map<String, Long> processes() {
        Map<String, Long> all = new TreeMap<>();
        try (Stream<Path> folders = Files.list(home.resolve("processes/instances"))) {
            for (Path folder : folders.toList()) commands(folder).forEach(pid -> all.put(folder.getFileName().toString(), pid));
            return all;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Of the runs in an instance's folder those that are alive; none where the folder is being removed. */
    private static List<Long> commands(Path folder) throws IOException {
        List<Long> alive = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(it -> it.getFileName().toString().startsWith("command.")).toList()) {
                String text = Files.readString(file);
                long pid = text.isBlank() ? 0 : Long.parseLong(text.strip().split(" ")[0]);
                if (pid != 0 && Processes.alive(pid)) alive.add(pid);
            }
        } catch (java.nio.file.NoSuchFileException | java.nio.file.NotDirectoryException _) {
            alive.clear();
        }
        return alive;
    }

    /** As {@code docker login} does it. */
    void login(String registry, String user, String password) {
        String auth = Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
        with("DOCKER_CONFIG", home.resolve("docker").toString());
        try {
            Files.writeString(Files.createDirectories(home.resolve("docker")).resolve("config.json"), Json.write(Map.of("auths", Map.of(registry, Map.of("auth", auth)))));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    public Installation with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** Its server or agent lives for a minute. */
    Installation brief() {
        brief = true;
        return this;
    }

    /** Commands run where this one puts them: on another machine. */
    Installation inside(List<String> command) {
        inside = command;
        return this;
    }

    public Path home() {
        return home;
    }

    /** Before its first command: the home stands there. */
    Installation in(Path folder) {
        try {
            Files.delete(home);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        home = folder;
        return with("CONCIERGE_HOME", folder.toString());
    }

    Outcome concierge(String... arguments) {
        return concierge(Path.of("").toAbsolutePath(), null, arguments);
    }

    /** Runs a command in a folder, with input where there is some; never throws for its exit code. */
    public Outcome concierge(Path folder, String input, String... arguments) {
        Process process = null;
        try {
            process = start(folder, arguments);
            Process running = process;
            if (input != null) running.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
            running.getOutputStream().close();
            StringBuilder err = new StringBuilder();
            Thread errors = Thread.startVirtualThread(() -> err.append(text(running.getErrorStream())));
            StringBuilder out = new StringBuilder();
            Thread output = Thread.startVirtualThread(() -> out.append(text(running.getInputStream())));
            if (!process.waitFor(COMMAND_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError("still running after " + COMMAND_LIMIT + ": " + List.of(arguments) + "\n" + out + err + log());
            }
            output.join();
            errors.join();
            return new Outcome(process.exitValue(), out.toString(), err.toString());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            if (process != null) process.destroyForcibly();
            throw new AssertionError("interrupted", e);
        }
    }

    /** Runs a shell line on a terminal of its own; whoever sits there types nothing. */
    Outcome onTerminal(String line) {
        try {
            Process process = startOnTerminal(line);
            Outcome outcome = new Outcome(process.waitFor(), text(process.getInputStream()), "");
            process.getOutputStream().close();
            return outcome;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    /** Starts a shell line on a terminal of its own, whose keyboard and screen are the process' streams. */
    Process startOnTerminal(String line) throws IOException {
        ProcessBuilder builder = builder(Path.of("").toAbsolutePath());
        builder.command("script", "-qefc", line, "/dev/null").redirectErrorStream(true);
        builder.environment().put("TERM", "xterm");
        return builder.start();
    }

    /** Starts a command and leaves it running; the caller ends it. */
    Process start(Path folder, String... arguments) throws IOException {
        return builder(folder, arguments).start();
    }

    /** Starts a command whose output goes into a file; the caller ends it. */
    Process startInto(Path output, String... arguments) throws IOException {
        return builder(output.getParent(), arguments)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }

    /** Another program beside this installation's, with its environment and a terminal's. */
    ProcessBuilder shell(Path folder, String... command) {
        ProcessBuilder builder = builder(folder).command(command);
        builder.environment().put("TERM", "xterm");
        return builder;
    }

    private ProcessBuilder builder(Path folder, String... arguments) {
        List<String> command = new ArrayList<>(inside);
        command.add(Path.of("concierge").toAbsolutePath().toString());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("CONCIERGE_") || name.startsWith("DOCKER_"));
        builder.environment().putAll(environment);
        boolean lasts = brief && arguments.length > 0 && (arguments[0].equals("agent") || arguments[0].equals("server"));
        // Java's second compiler would take a third of their time, and gain nothing in a minute.
        if (lasts) builder.environment().put("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1");
        return builder;
    }

    /** Runs a command that must succeed. */
    public Outcome must(String... arguments) {
        Outcome outcome = concierge(arguments);
        if (outcome.exit() != 0) throw new AssertionError(List.of(arguments) + ": " + outcome + "\n--- log\n" + log());
        return outcome;
    }

    /** A GET of the API. */
    public JsonNode api(String path) {
        HttpResponse<String> answer = http("http://127.0.0.1:" + server().get("api").asString().replaceAll(".*:", "") + path, null);
        if (answer.statusCode() != 200) throw new AssertionError(path + ": " + answer.statusCode() + " " + answer.body());
        return Json.mapper().readTree(answer.body());
    }

    /** A request of the API with this installation's token; an empty body is none. */
    public HttpResponse<String> send(String method, String path, String body) {
        try {
            return send(method, path, body, Files.readString(home.resolve("token")).strip());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    HttpResponse<String> send(String method, String path, String body, String token) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server().get("api").asString() + path))
                .timeout(Duration.ofSeconds(10))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        return answer(request.build());
    }

    /** A GET through the router, as for this domain. */
    HttpResponse<String> route(String domain) {
        String listen = server().get("router").asString();
        return http("http://127.0.0.1:" + listen.replaceAll(".*:", "") + "/", domain);
    }

    static HttpResponse<String> http(String url, String host) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(10));
        if (host != null) request.header("Host", host);
        return answer(request.build());
    }

    private static HttpResponse<String> answer(HttpRequest request) {
        try (HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build()) {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(request.uri().toString(), e);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    /** What {@code server.json} says. */
    public JsonNode server() {
        return jsonFile(home.resolve("server.json"));
    }

    public long serverPid() {
        return server().get("pid").asLong();
    }

    public long routerPid() {
        return jsonFile(home.resolve("router/router.json")).get("pid").asLong();
    }

    private static JsonNode jsonFile(Path file) {
        try {
            return Json.mapper().readTree(Files.readString(file));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(file.toString(), e);
        }
    }

    /** All instances, as the API tells them: asked many times, and each command is a process. */
    List<JsonNode> instances() {
        return listed("/v1/ps");
    }

    /** A stack's instances. */
    List<JsonNode> instances(String stack) {
        return listed("/v1/ps?stack=" + stack);
    }

    private List<JsonNode> listed(String path) {
        List<JsonNode> all = new ArrayList<>();
        api(path).get("instances").forEach(all::add);
        return all;
    }

    /** A stack's only instance of that service. */
    JsonNode instance(String stack, String service) {
        List<JsonNode> found = instances(stack).stream().filter(one -> one.get("service").asString().equals(service)).toList();
        if (found.size() != 1) throw new AssertionError(stack + "/" + service + ": " + found);
        return found.getFirst();
    }

    public boolean allReady(String stack, int count) {
        return allReady(instances(stack), count);
    }

    boolean allReady(int count) {
        return allReady(instances(), count);
    }

    private static boolean allReady(List<JsonNode> all, int count) {
        return all.size() == count && all.stream().allMatch(one -> one.get("state").asString().equals("ready"));
    }

    static void kill9(long pid) {
        ProcessHandle.of(pid).ifPresent(process -> {
            process.destroyForcibly();
            await("process " + pid + " gone", Duration.ofSeconds(10), () -> !Processes.alive(pid));
        });
    }

    static void await(String what, Duration limit, BooleanSupplier condition) {
        org.awaitility.Awaitility.await(what).atMost(limit).pollInterval(Duration.ofMillis(100)).until(condition::getAsBoolean);
    }

    /** The length of a fault; not a wait for a condition. */
    static void hold(Duration fault) {
        long end = System.nanoTime() + fault.toNanos();
        while (System.nanoTime() < end) LockSupport.parkNanos(end - System.nanoTime());
    }

    /** The end of the server's log, for messages of failing tests. */
    public String log() {
        try {
            Path file = home.resolve("server.log");
            if (!Files.exists(file)) return "(no server.log)";
            List<String> lines = Files.readAllLines(file);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
        } catch (IOException e) {
            return e.toString();
        }
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String text(java.io.InputStream stream) {
        try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    @Override
    public void close() throws IOException {
        if (Files.exists(home.resolve("server.json"))) concierge("reset", "--yes");
        for (String file : List.of("server.json", "router/router.json")) {
            Path path = home.resolve(file);
            if (Files.exists(path)) kill9(jsonFile(path).get("pid").asLong());
        }
        if (!Files.exists(home)) return;
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(file);
        }
    }

}
