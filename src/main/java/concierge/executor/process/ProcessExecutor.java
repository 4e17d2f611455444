package concierge.executor.process;

import concierge.executor.Belongings;
import concierge.executor.ExecRequest;
import concierge.executor.ExecSession;
import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.InputEngine;
import concierge.executor.Running;
import concierge.executor.Stats;
import concierge.executor.VolumeEngine;
import concierge.executor.Workload;
import concierge.executor.process.InstanceFolder.Run;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Runs instances as processes of this machine. Holds no state that matters: everything is in the folder,
 * so that another executor over the same folder, after any crash, adopts all of it. Thread-safe: verbs on
 * one instance wait for each other, those on different ones do not.
 *
 * <p>Durability: a record is in place before its process is started, and a run is claimed by one shim only.
 */
public final class ProcessExecutor implements Executor, VolumeEngine, InputEngine, Belongings {
    /** How long the end of all processes may take to be written down by the shim. */
    private static final Duration RECORD_LIMIT = Duration.ofSeconds(2);

    /** How long output that a command has left in its pipes may take to be on disk. */
    private static final Duration DRAIN_LIMIT = Duration.ofMillis(300);

    private final Path instances;
    private final KnownInstances kept;
    private final Path volumes;
    private final Path outputs;
    private final Path bells;
    private final String installation;
    private final Tools tools = new Tools();
    private final SharedLook processes = new SharedLook();
    private final ControlGroups groups;
    private final Shim shim;
    private final Map<InstanceId, ReentrantLock> locks = new ConcurrentHashMap<>();
    private final ReentrantLock portChoice = new ReentrantLock();
    private final List<ProcessWatch> watches = new CopyOnWriteArrayList<>();
    private final Usage usage = new Usage();

    /**
     * @param folder {@code $CONCIERGE_HOME/processes}; made if it is not there
     * @param installation whose processes these are; records of others in the folder are left alone
     */
    public ProcessExecutor(Path folder, String installation) throws IOException {
        this(folder, installation, Path.of("/sys/fs/cgroup"));
    }

    ProcessExecutor(Path folder, String installation, Path controlGroups) throws IOException {
        Path absolute = folder.toAbsolutePath();
        this.installation = installation;
        instances = Files.createDirectories(absolute.resolve("instances"));
        kept = new KnownInstances(instances, installation);
        volumes = Files.createDirectories(absolute.resolve("volumes"));
        outputs = Files.createDirectories(absolute.resolve("output"));
        bells = Files.createDirectories(absolute.resolve("bells"));
        groups = new ControlGroups(controlGroups, installation);
        shim = new Shim(absolute, outputs, bells, tools);
    }

    @Override
    public ExecutorKind kind() {
        return ExecutorKind.process;
    }

    @Override
    public Availability availability() {
        if (!Files.exists(Path.of("/proc/self/stat"))) return new Availability(false, "processes need Linux (/proc is not there)");
        if (!tools.missing().isEmpty()) return new Availability(false, "processes need these programs: " + String.join(", ", tools.missing()));
        return new Availability(true, "processes of this machine");
    }

    @Override
    public Running ensure(Workload workload, Consumer<String> progress) {
        Availability availability = availability();
        if (!availability.available()) throw new ExecutorException(ExecutorException.Kind.unavailable, availability.text());
        return locked(workload.instance(), () -> ensureAlone(workload, progress));
    }

    private Running ensureAlone(Workload workload, Consumer<String> progress) throws IOException, InterruptedException {
        InstanceId instance = workload.instance();
        Optional<Known> known = kept.find(instance);
        if (known.isPresent() && known.get().made().generation() != workload.generation()) {
            throw new ExecutorException(
                    ExecutorException.Kind.conflict,
                    instance + " is there in generation " + known.get().made().generation() + " (expected: " + workload.generation()
                            + ", or none); stop and remove it first");
        }
        InstanceFolder folder = new InstanceFolder(instances.resolve(InstanceFolder.name(instance, workload.generation(), installation)));
        Run run = known.isPresent() ? folder.run() : new Run.Absent();
        if (run instanceof Run.Alive) return known.orElseThrow().running(groups);
        if (!(run instanceof Run.Starting)) {
            List<String> command = prepare(workload, folder, known, progress);
            long number = folder.nextRun();
            shim.start(folder, number, InstanceFolder.stem(instance), () -> look(folder));
        }
        shim.awaitStarted(folder);
        look(folder);
        return kept.find(instance).orElseThrow().running(groups);
    }

    /** Writes everything a start needs; nothing runs yet. */
    private List<String> prepare(Workload workload, InstanceFolder folder, Optional<Known> known, Consumer<String> progress)
            throws IOException, InterruptedException {
        List<String> words = Preparation.command(workload.spec());
        List<String> prefix = workload.spec().user().map(tools::asUser).orElse(List.of());
        if (!workload.spec().options().arguments().isEmpty()) {
            progress.accept("engine options have no meaning for a process: " + String.join(" ", workload.spec().options().arguments()));
        }
        // What an ended run left behind would hold its ports.
        if (known.isPresent()) tree(known.get()).end(Duration.ZERO);
        if (!Files.isDirectory(folder.path())) {
            Files.createDirectory(folder.path(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
        }
        boolean fresh = !Files.exists(folder.work());
        Preparation preparation = new Preparation(workload, folder, volumes, prefix);
        Path directory = preparation.directory();
        if (fresh) preparation.give(folder.work());
        SortedMap<String, String> volumeVariables = preparation.volumes();
        preparation.secrets();
        ControlGroups.Made limits = groups.make(folder.path().getFileName().toString(), workload.spec().resources());
        limits.notEnforced().forEach(progress);
        portChoice.lock();
        try {
            SortedMap<String, Integer> ports = choosePorts(workload, known);
            SortedMap<String, String> environment = preparation.environment(installation, directory, volumeVariables, ports);
            List<String> command = Preparation.resolved(words, directory, environment.getOrDefault("PATH", Tools.PATH));
            ProcessRecord made = new ProcessRecord(
                    installation, workload.instance().path(), workload.generation(), workload.digest(), kept.nameOf(workload.instance()), directory.toString(), environment,
                    workload.bind(), ports, prefix, limits.files());
            folder.takesInput(workload.spec().takesInput());
            folder.writePrivate("start.sh", StartScript.of(made, command, tools.path("env")));
            folder.save(made);
            return words;
        } finally {
            portChoice.unlock();
        }
    }

    private SortedMap<String, Integer> choosePorts(Workload workload, Optional<Known> known) throws IOException {
        Map<String, Integer> before = new HashMap<>(workload.hostPorts());
        known.ifPresent(one -> before.putAll(one.made().ports()));
        return new HostPorts(workload.bind(), kept.portsBeside(workload.instance())).choose(workload.instance(), workload.spec().ports(), before);
    }

    @Override
    public void stop(InstanceId instance, Duration grace) {
        locked(instance, () -> {
            Optional<Known> known = kept.find(instance);
            if (known.isPresent()) end(known.get(), grace);
            return known;
        });
    }

    private void end(Known known, Duration grace) throws IOException, InterruptedException {
        InstanceFolder folder = known.folder();
        if (folder.run() instanceof Run.Absent && folder.current() > 0) folder.abandon();
        if (folder.run() instanceof Run.Starting) shim.awaitStarted(folder);
        if (!tree(known).end(grace)) {
            throw new ExecutorException(
                    ExecutorException.Kind.other,
                    known.instance() + " has processes that KILL did not end within " + ProcessTree.KILL_LIMIT.toSeconds() + " s: "
                            + tree(known).members().stream().map(entry -> Long.toString(entry.pid())).toList());
        }
        Waiting.until(() -> folder.run() instanceof Run.Ended || folder.run() instanceof Run.Absent, RECORD_LIMIT);
        look(folder);
    }

    @Override
    public void remove(InstanceId instance) {
        locked(instance, () -> {
            Optional<Known> known = kept.find(instance);
            if (known.isEmpty()) return known;
            end(known.get(), Duration.ZERO);
            drain(known.get().folder());
            known.get().folder().shim().filter(Identity::alive).flatMap(one -> ProcessHandle.of(one.pid())).ifPresent(ProcessHandle::destroyForcibly);
            String name = known.get().folder().path().getFileName().toString();
            groups.remove(name);
            groups.removeEmpty();
            known.get().folder().delete();
            Files.deleteIfExists(bells.resolve(name));
            usage.forget(instance);
            Set<String> inUse = new HashSet<>(Set.of(InstanceFolder.stem(instance)));
            // Of every installation: the output of another's is not ours to remove.
            try (Stream<Path> folders = Files.list(instances)) {
                folders.forEach(folder -> inUse.add(InstanceFolder.stemOf(folder.getFileName().toString())));
            }
            Output.prune(outputs, inUse);
            return known;
        });
    }

    @Override
    public Optional<Running> inspect(InstanceId instance) {
        return kept.find(instance).map(known -> known.running(groups));
    }

    @Override
    public List<Running> list() {
        return kept.all().stream().map(known -> known.running(groups)).toList();
    }

    @Override
    public Removed removeVolumes(String stack) {
        Path folder = volumes.resolve(stack);
        if (!Files.isDirectory(folder)) return new Removed(List.of(), List.of());
        Optional<InstanceId> user = kept.all().stream().map(Known::instance).filter(it -> it.service().stack().equals(stack)).findFirst();
        if (user.isPresent()) return new Removed(List.of(), List.of("volumes in " + folder + ": " + user.get() + " still uses them"));
        try {
            InstanceFolder.delete(folder);
            return new Removed(List.of(folder.toString()), List.of());
        } catch (IOException e) {
            return new Removed(List.of(), List.of("volumes in " + folder + ": " + e.getMessage()));
        }
    }

    @Override
    public Removed clear(boolean withVolumes) {
        Removed cleared = new Removed(List.of(), List.of());
        if (!withVolumes) return cleared;
        try (Stream<Path> stacks = Files.list(volumes)) {
            for (Path stack : stacks.toList()) cleared = cleared.and(removeVolumes(stack.getFileName().toString()));
            return cleared;
        } catch (IOException e) {
            return cleared.and(new Removed(List.of(), List.of("volumes in " + volumes + ": " + e.getMessage())));
        }
    }

    @Override
    public void logs(InstanceId instance, LogQuery query, LogSink sink) throws IOException {
        Optional<Known> known = kept.find(instance);
        if (known.isPresent() && known.get().folder().run() instanceof Run.Ended) drain(known.get().folder());
        new Output(outputs.resolve(InstanceFolder.stem(instance))).read(query, sink, () -> kept.find(instance).isPresent());
    }

    /** Waits, a moment at most, for what an ended command has written to be on disk. */
    private static void drain(InstanceFolder folder) {
        try {
            Waiting.until(() -> folder.shim().filter(Identity::alive).isEmpty(), DRAIN_LIMIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public ExecSession exec(InstanceId instance, ExecRequest request) throws IOException {
        Known known = alive(instance);
        Map<String, String> environment = new TreeMap<>(known.made().environment());
        environment.putAll(request.environment());
        Path directory = Path.of(known.made().directory()).resolve(request.directory().orElse(".")).normalize();
        if (!Files.isDirectory(directory)) {
            throw new ExecutorException(ExecutorException.Kind.cannotStart, "directory: " + directory + " (expected: a folder of this machine)");
        }
        List<String> command = new ArrayList<>(request.user().map(tools::asUser).orElse(known.made().prefix()));
        command.addAll(Preparation.resolved(request.command(), directory, environment.getOrDefault("PATH", Tools.PATH)));
        return request.tty()
                ? ProcessExecSession.startOnTerminal(tools, command, environment, directory, request.columns(), request.rows())
                : ProcessExecSession.start(command, environment, directory, request.stdin());
    }

    @Override
    public OutputStream input(InstanceId instance) throws IOException {
        return alive(instance).folder().input();
    }

    @Override
    public Stats stats(InstanceId instance) {
        Known known = alive(instance);
        return usage.of(instance, tree(known));
    }

    @Override
    public AutoCloseable watch(Watcher watcher) {
        try {
            ProcessWatch watch = new ProcessWatch(
                    bells, watcher, name -> kept.in(instances.resolve(name)).map(this::sight), () -> kept.all().stream().map(this::sight).toList());
            watches.add(watch);
            return () -> {
                watches.remove(watch);
                watch.close();
            };
        } catch (IOException e) {
            throw new ExecutorException(ExecutorException.Kind.exhausted, "cannot watch " + bells + ": " + e.getMessage(), e);
        }
    }

    private void look(InstanceFolder folder) {
        for (ProcessWatch watch : watches) watch.look(folder.path().getFileName().toString());
    }

    private ProcessWatch.Sight sight(Known known) {
        return new ProcessWatch.Sight(known.folderName(), known.folder().current(), known.running(groups));
    }

    /** Ends the watches; processes run on. */
    @Override
    public void close() {
        watches.forEach(ProcessWatch::close);
        watches.clear();
    }

    private Known alive(InstanceId instance) {
        return kept.find(instance)
                .filter(known -> known.folder().run() instanceof Run.Alive)
                .orElseThrow(() -> new ExecutorException(ExecutorException.Kind.conflict, instance + " does not run"));
    }

    private ProcessTree tree(Known known) {
        return new ProcessTree(processes, known.folder().command(), known.made().marker());
    }

    private interface Verb<T> {
        T run() throws IOException, InterruptedException;
    }

    /** Runs a verb while no other one works on the instance, and tells its failures in the executor's words. */
    private <T> T locked(InstanceId instance, Verb<T> verb) {
        ReentrantLock lock = locks.computeIfAbsent(instance, _ -> new ReentrantLock());
        lock.lock();
        try {
            return verb.run();
        } catch (IOException e) {
            String message = String.valueOf(e.getMessage());
            boolean full = message.contains("No space left") || message.contains("Cannot allocate") || message.contains("Too many open files");
            throw new ExecutorException(full ? ExecutorException.Kind.exhausted : ExecutorException.Kind.other, instance + ": " + message, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ExecutorException(ExecutorException.Kind.other, instance + ": interrupted", e);
        } finally {
            lock.unlock();
        }
    }
}
