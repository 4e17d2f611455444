package concierge.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** One machine of an {@link EngineCluster}: its engine, and whatever else is started {@link #inside}. */
public final class EngineNode {
    /** A daemon is up in under a second; this is for a busy machine. */
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    private final EngineCluster cluster;
    private final Path folder;
    private final int number;
    private final List<String> options;
    private @Nullable Namespace machine;
    private @Nullable Process daemon;

    EngineNode(EngineCluster cluster, Path folder, int number, List<String> options) throws IOException {
        this.cluster = cluster;
        this.folder = Files.createDirectory(folder.resolve(name(number)));
        this.number = number;
        this.options = options;
        boot();
    }

    private static String name(int number) {
        return "node" + number;
    }

    public String name() {
        return name(number);
    }

    /** Where the other machines and this Java reach it. */
    public String address() {
        return "10.77.0." + (10 + number);
    }

    public Path socket() {
        return folder.resolve("docker.sock");
    }

    /** As {@code DOCKER_HOST} has it. */
    public String engine() {
        return "unix://" + socket();
    }

    public RawDocker raw() {
        return new RawDocker(socket());
    }

    /**
     * What to put before a command so that it runs on this machine: with its network and its name, among the files
     * and the process numbers of this Java. It ends with the machine.
     */
    public List<String> inside() {
        return List.of("nsenter", "-t", Long.toString(machine().pid()), "-n", "-u", "--");
    }

    /** The machine is gone at once, with all that ran on it; its disk stays. */
    public void crash() {
        machine().close();
        machine = null;
        // The kernel takes a dead machine's cable away some time later.
        cluster.unplug(name());
    }

    /** The engine alone dies; its containers run on. */
    public void killEngine() {
        if (daemon == null) return;
        daemon.descendants().forEach(ProcessHandle::destroyForcibly);
        daemon.destroyForcibly();
    }

    /** Its cable is out: nobody reaches it, and it reaches nobody. What runs on it runs on. */
    public void cutOff() {
        cluster.plug(name(), false);
    }

    public void reconnect() {
        cluster.plug(name(), true);
    }

    /** After a {@link #crash} or {@link #killEngine}: boots it where need be, and starts its engine over the same data. */
    public void restart() {
        if (machine == null) boot();
        start();
    }

    private void boot() {
        machine = new Namespace(name());
        cluster.connect(Long.toString(machine.pid()), "eth0", address(), name());
    }

    void start() {
        List<String> command = new ArrayList<>(List.of(
                "nsenter", "-t", Long.toString(machine().pid()), "-a", "dockerd", "--data-root", folder + "/data", "--exec-root", folder + "/exec",
                "--pidfile", folder + "/pid", "-H", engine(), "--bridge", "none", "--cgroup-parent", group(),
                "--default-address-pool", "base=10.231.0.0/16,size=24"));
        command.addAll(options);
        try {
            // Numbers repeat in a namespace of its own: those of a dead engine would be taken for a living one's.
            Files.deleteIfExists(folder.resolve("pid"));
            Files.deleteIfExists(folder.resolve("exec/containerd/containerd.pid"));
            daemon = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start dockerd on " + name(), e);
        }
        awaitEngine(daemon);
    }

    private void awaitEngine(Process started) {
        Awaitility.await("dockerd answers on " + name()).atMost(START_LIMIT).pollInterval(Duration.ofMillis(50)).until(() -> {
            if (!started.isAlive()) throw new IllegalStateException("dockerd ended: " + log());
            return raw().answers();
        });
    }

    /** The last lines of the engine's log, for failure messages. */
    public String log() {
        try {
            List<String> lines = Files.readAllLines(folder.resolve("log"));
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
        } catch (IOException e) {
            return "no log: " + e.getMessage();
        }
    }

    private Namespace machine() {
        if (machine == null) throw new IllegalStateException(name() + " has crashed; restart it first");
        return machine;
    }

    private String group() {
        return "/" + folder.getParent().getFileName() + "-" + name();
    }

    /** The last of it: what the kernel keeps of dead containers goes too. */
    void remove() {
        if (machine != null) crash();
        try (Stream<Path> controllers = Files.list(Path.of("/sys/fs/cgroup"))) {
            List<Path> groups = Stream.concat(Stream.of(Path.of("/sys/fs/cgroup")), controllers)
                    .map(controller -> controller.resolve(group().substring(1)))
                    .filter(Files::isDirectory)
                    .toList();
            for (Path group : groups) Namespace.command(List.of("sh", "-c", "find " + group + " -depth -type d -exec rmdir {} + || true"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
