package concierge.server.router;

import concierge.json.Json;
import concierge.runtime.Detached;
import concierge.runtime.Processes;
import concierge.server.home.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * The router beside a server: a process of its own that outlives it. Found again by
 * {@code router/router.json}; started, detached, where none of this home runs.
 */
public final class RouterProcess {
    /** From its start to its first answer: a JVM's start on a busy machine, and much to spare. */
    private static final Duration START = Duration.ofSeconds(30);

    /** Ports that are tried when another program takes the chosen one just then. */
    private static final int TRIES = 3;

    /** The start of a process is told by a file that it writes; it takes some hundred milliseconds. */
    private static final Duration LOOK = Duration.ofMillis(50);

    /** Between a process' start and its announcement; a later process of the same number started later. */
    private static final Duration BOOT = Duration.ofMinutes(2);

    private static final int LOG_LINES = 5;
    private static final Logger LOG = LoggerFactory.getLogger(RouterProcess.class);

    private final Path home;
    private final Starter starter;

    /** Starts the program once more, detached; see {@link Detached#start}. */
    public interface Starter {
        long start(List<String> arguments, Path log, Map<String, String> environment) throws IOException;
    }

    /** What {@code router.json} says. */
    record Announced(long pid, String url, Instant started) {}

    public RouterProcess(Path home) {
        // The server's folder may be gone by the time that a router dies: that must not keep the next one from starting.
        this(home, (arguments, log, environment) -> Detached.start(arguments, home.resolve("router"), log, environment));
    }

    RouterProcess(Path home, Starter starter) {
        this.home = home;
        this.starter = starter;
    }

    /** Where this home's router listens; empty: none runs. */
    public Optional<String> running() {
        return announced().filter(RouterProcess::isAlive).map(Announced::url);
    }

    /**
     * Finds the router of this home, or starts one.
     *
     * @param host the address that it shall listen on
     * @param port wanted; a taken one means the next that is free
     * @return {@code http://127.0.0.1:8080}
     */
    public String ensure(String host, int port) throws IOException, InterruptedException {
        Optional<String> running = running();
        if (running.isPresent()) {
            LOG.info("router found url={}", running.get());
            return running.get();
        }
        for (int attempt = 1; ; attempt++) {
            int free = Ports.open("router", port, wanted -> probe(host, wanted));
            try {
                return start(host, free);
            } catch (IOException e) {
                if (attempt == TRIES) throw e;
                LOG.warn("router did not start, trying again port={} reason={}", free, e.getMessage());
            }
        }
    }

    private static int probe(String host, int port) throws IOException {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName(host))) {
            return socket.getLocalPort();
        }
    }

    private String start(String host, int port) throws IOException, InterruptedException {
        Path log = home.resolve("router").resolve("router.log");
        Files.createDirectories(home.resolve("router"));
        // An announcement of a dead router must not be taken for the new one's.
        Files.deleteIfExists(file());
        List<String> arguments = List.of("router", "--set", "router.host=" + host, "--set", "router.port=" + port);
        long pid = starter.start(arguments, log, Map.of("CONCIERGE_HOME", home.toString()));
        long deadline = System.nanoTime() + START.toNanos();
        while (System.nanoTime() < deadline) {
            Optional<Announced> announced = announced();
            if (announced.isPresent() && isAlive(announced.get())) {
                LOG.info("router started pid={} url={}", announced.get().pid(), announced.get().url());
                return announced.get().url();
            }
            if (!Processes.alive(pid)) throw new IOException("the router ended at once; " + log + " says: " + tail(log));
            Thread.sleep(LOOK);
        }
        throw new IOException("the router did not answer within " + START.toSeconds() + " s; see " + log);
    }

    private Path file() {
        return home.resolve("router").resolve("router.json");
    }

    private Optional<Announced> announced() {
        try {
            Announced announced = Json.read(Files.readString(file()), Announced.class);
            return announced.url() == null || announced.started() == null ? Optional.empty() : Optional.of(announced);
        } catch (IOException | JacksonException e) {
            return Optional.empty();
        }
    }

    /** Whether the process that announced itself still runs, and not a later one of the same number. */
    private static boolean isAlive(Announced announced) {
        if (!Processes.alive(announced.pid())) return false;
        Optional<Instant> began = ProcessHandle.of(announced.pid()).flatMap(process -> process.info().startInstant());
        return began.isEmpty()
                || !began.get().isAfter(announced.started().plusSeconds(1)) && began.get().plus(BOOT).isAfter(announced.started());
    }

    private static String tail(Path log) {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join(" | ", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
        } catch (IOException e) {
            return "nothing that can be read (" + e.getMessage() + ")";
        }
    }
}
