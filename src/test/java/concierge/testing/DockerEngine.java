package concierge.testing;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A Docker engine of one's own: daemon, data and socket under a temporary folder, with the image {@code
 * busybox:stable} made from the machine's static busybox. Needs root and {@code dockerd}; under {@code
 * CI=true} their absence is a failure, elsewhere the test is skipped with the reason.
 *
 * <p>Daemons in one network namespace rewrite each other's packet filter rules: run tests in a fresh one.
 * {@link #close} stops what runs, unmounts and deletes; a shutdown hook does it when a test forgot.
 */
public final class DockerEngine implements AutoCloseable {
    /** A daemon is up in under a second; this is for a busy machine. */
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    /** The daemon gives its containers 10 s to stop. */
    private static final Duration STOP_LIMIT = Duration.ofSeconds(30);

    private final Path folder;
    private List<String> options;
    private final Thread hook;
    private Process daemon;

    private DockerEngine(Path folder, List<String> options) throws IOException {
        this.folder = folder;
        this.options = options;
        this.daemon = launch();
        this.hook = new Thread(this::clean, "docker-engine-cleanup");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /**
     * Starts an engine and makes {@code busybox:stable}.
     *
     * @param options further options of the daemon: {@code --live-restore}
     */
    public static DockerEngine start(String... options) {
        requireServers();
        try {
            DockerEngine engine = new DockerEngine(Files.createTempDirectory("engine"), List.of(options));
            try {
                engine.awaitAnswer();
                BusyboxImage.make(engine.raw());
                return engine;
            } catch (RuntimeException | Error e) {
                engine.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start dockerd", e);
        }
    }

    /**
     * The engine that tests share which leave it as they found it: started for the first of them, stopped
     * with the virtual machine. Whoever harms an engine, or needs options, starts one.
     */
    public static DockerEngine shared() {
        return Shared.ENGINE;
    }

    /** Started when it is first asked for. */
    private static final class Shared {
        static final DockerEngine ENGINE = start();
    }

    /** Whether this machine can start an engine. */
    public static boolean possible() {
        return missing().isEmpty();
    }

    static void requireServers() {
        String missing = missing();
        if (missing.isEmpty()) return;
        if ("true".equals(System.getenv("CI"))) throw new AssertionError(missing);
        abort(missing);
    }

    private static String missing() {
        if (!"root".equals(System.getProperty("user.name"))) return "a private Docker engine needs root";
        for (String program : List.of("dockerd", "containerd", "busybox")) {
            boolean found = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                    .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
            if (!found) return program + " is not installed (Debian: apt-get install docker.io busybox-static)";
        }
        return "";
    }

    public Path socket() {
        return folder.resolve("docker.sock");
    }

    /** As {@code DOCKER_HOST} has it. */
    public String address() {
        return "unix://" + socket();
    }

    public RawDocker raw() {
        return new RawDocker(socket());
    }

    public long pid() {
        return daemon.pid();
    }

    /** {@code kill -9} of the daemon alone; its containers run on. */
    public void kill() {
        daemon.destroyForcibly();
        awaitDead(daemon.toHandle());
    }

    /** Stops the daemon as a service manager does. */
    public void stop() {
        daemon.destroy();
        awaitDead(daemon.toHandle());
    }

    /** Starts the daemon again over the same data, after {@link #kill} or {@link #stop}. */
    public void startAgain() {
        try {
            // a killed daemon leaves them, and a successor refuses to start while the number lives as a zombie
            Files.deleteIfExists(folder.resolve("pid"));
            ProcessHandle.allProcesses()
                    .filter(process -> isOurs(process, "containerd.toml"))
                    .forEach(DockerEngine::killAndAwait);
            Files.deleteIfExists(folder.resolve("exec/containerd/containerd.pid"));
            daemon = launch();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start dockerd again", e);
        }
        awaitAnswer();
    }

    /** As {@link #startAgain}, with these options instead. */
    public void startAgainWith(String... others) {
        options = List.of(others);
        startAgain();
    }

    /** The daemon accepts connections and answers nothing, until {@link #resume}. */
    public void hang() {
        signal("STOP");
    }

    public void resume() {
        signal("CONT");
    }

    /** The last lines of the daemon's log, for failure messages. */
    public String log() {
        try {
            List<String> lines = Files.readAllLines(folder.resolve("log"));
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
        } catch (IOException e) {
            return "no log: " + e.getMessage();
        }
    }

    /** What it was asked for so far, oldest first, as {@code POST /v1.41/…}; only one started with {@code --debug} tells. */
    public List<String> requests() {
        try {
            return Files.readAllLines(folder.resolve("log")).stream()
                    .filter(line -> line.contains("msg=\"Calling "))
                    .map(line -> line.replaceFirst(".*msg=\"Calling (.*)\"$", "$1"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        clean();
        Runtime.getRuntime().removeShutdownHook(hook);
    }

    private Process launch() throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "dockerd", "--data-root", folder + "/data", "--exec-root", folder + "/exec", "--pidfile", folder + "/pid",
                "-H", address(), "--bridge", "none", "--default-address-pool", "base=10.231.0.0/16,size=24"));
        command.addAll(options);
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
                .start();
    }

    private void awaitAnswer() {
        Awaitility.await("dockerd answers; its log: " + folder.resolve("log"))
                .atMost(START_LIMIT)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> {
                    if (!daemon.isAlive()) throw new IllegalStateException("dockerd ended: " + log());
                    return raw().answers();
                });
    }

    private void signal(String name) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(daemon.pid())).start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void clean() {
        if (daemon.isAlive()) resume();
        daemon.destroy();
        if (!within(STOP_LIMIT, daemon.toHandle())) killAndAwait(daemon.toHandle());
        ProcessHandle.allProcesses().filter(process -> isOurs(process, folder.toString())).toList().forEach(shim -> {
            shim.descendants().toList().forEach(DockerEngine::killAndAwait);
            killAndAwait(shim);
        });
        unmount();
        delete();
    }

    private boolean isOurs(ProcessHandle process, String mark) {
        String line = process.info().commandLine().orElse("");
        return line.contains(folder.toString()) && line.contains(mark) && process.pid() != ProcessHandle.current().pid();
    }

    private void unmount() {
        try {
            List<String> points = Files.readAllLines(Path.of("/proc/mounts")).stream()
                    .map(line -> line.split(" ")[1])
                    .filter(point -> point.startsWith(folder + "/"))
                    .sorted(Comparator.reverseOrder())
                    .toList();
            for (String point : points) new ProcessBuilder("umount", "-l", point).start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot unmount below " + folder, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** By {@code rm}: layers hold names and modes that Java's walk trips over. */
    private void delete() {
        try {
            new ProcessBuilder("rm", "-rf", "--one-file-system", folder.toString()).start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + folder, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void killAndAwait(ProcessHandle process) {
        process.destroyForcibly();
        within(Duration.ofSeconds(5), process);
    }

    private static void awaitDead(ProcessHandle process) {
        if (!within(STOP_LIMIT, process)) throw new IllegalStateException("process " + process.pid() + " does not end");
    }

    /** A zombie is dead: its parent may be slow to collect it, or nobody. */
    private static boolean within(Duration limit, ProcessHandle process) {
        try {
            Awaitility.await().atMost(limit).pollInterval(Duration.ofMillis(20)).until(() -> isDead(process));
            return true;
        } catch (org.awaitility.core.ConditionTimeoutException e) {
            return false;
        }
    }

    private static boolean isDead(ProcessHandle process) {
        try {
            return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                    .anyMatch(line -> line.startsWith("State:") && line.contains("Z"));
        } catch (IOException e) {
            return true;
        }
    }
}
