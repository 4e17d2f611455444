package concierge.executor.docker;

import concierge.executor.Attachable;
import concierge.executor.Belongings;
import concierge.executor.ClusterNode;
import concierge.executor.EngineMachine;
import concierge.executor.ExecRequest;
import concierge.executor.ExecSession;
import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.ImageEngine;
import concierge.executor.ImageTransfer;
import concierge.executor.InputEngine;
import concierge.executor.LogArchive;
import concierge.executor.Running;
import concierge.executor.Stats;
import concierge.executor.VolumeEngine;
import concierge.executor.Workload;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import concierge.model.Resources;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import tools.jackson.databind.JsonNode;

/**
 * Runs instances as containers of one Docker engine, 20.10 or newer. Thread-safe and stateless but for
 * memory of what is there, which it can lose at any time: the truth is in the containers' labels.
 */
public final class DockerExecutor implements Executor, Attachable, InputEngine, ImageEngine, ImageTransfer, VolumeEngine, Belongings, EngineMachine, ClusterNode {
    /** What the engine may take beyond the grace to kill and to tell. */
    private static final Duration STOP_MARGIN = Duration.ofSeconds(30);

    /** Another removal of the same container that goes on already. */
    private static final Duration REMOVAL_LIMIT = Duration.ofSeconds(30);

    /** The engine tells of no end of a removal before the container is gone; a look costs it a millisecond. */
    private static final Duration REMOVAL_POLL = Duration.ofMillis(50);

    private final DockerSettings settings;
    private final Engine engine;
    private final Containers containers;
    private final Networks networks;
    private final DockerImages images;
    private final EngineTransfer transfer;
    private final Attachments attachments;
    private final Creation creation;
    private final ContainerLogs logs;
    private final ContainerStats stats;
    private final Volumes volumes;

    /** Finds the engine; that it does not answer is no error here, but one of {@link #availability}. */
    public DockerExecutor(DockerSettings settings) {
        this.settings = settings;
        EngineDiscovery discovery = new EngineDiscovery(settings.environment(), settings.userHome());
        this.engine = new Engine(settings.engine()
                .map(address -> EngineAddress.of(address, settings.certificates(), "configuration"))
                .orElseGet(discovery::find));
        this.networks = new Networks(engine, settings);
        this.containers = new Containers(engine, settings.installation(), networks::isOurs);
        this.images = new DockerImages(engine, new Credentials(discovery.configuration(), settings.environment()), settings.installation());
        this.transfer = new EngineTransfer(engine, settings.logs().resolveSibling("transfers"));
        HostPorts ports = new HostPorts(
                settings.lowestPort(), settings.highestPort(), engine.address().isLocal(), settings.installation().hashCode());
        this.attachments = new Attachments(engine, containers);
        this.creation = new Creation(engine, settings, containers, networks, ports, images, attachments);
        this.logs = new ContainerLogs(engine, new LogArchive(settings.logs()));
        this.stats = new ContainerStats(engine);
        this.volumes = new Volumes(engine, settings.installation());
    }

    @Override
    public ExecutorKind kind() {
        return ExecutorKind.docker;
    }

    @Override
    public Availability availability() {
        try {
            JsonNode description = engine.describe();
            Engine.negotiate(description);
            return new Availability(true, "Docker " + description.path("Version").asString("of unknown version") + " at " + engine.address());
        } catch (ExecutorException e) {
            return new Availability(false, java.util.Objects.requireNonNullElse(e.getMessage(), "Docker does not answer"));
        }
    }

    @Override
    public Optional<String> remark(String bind) {
        return containers.unreachable(bind);
    }

    @Override
    public boolean answers(Duration limit) {
        return engine.answers(limit);
    }

    @Override
    public Machine machine() {
        JsonNode info = engine.get("/info").orFail("cannot ask the engine about its machine").json();
        return new Machine(info.path("Name").asString(""), new Resources(info.path("NCPU").asLong(0) * 1000, info.path("MemTotal").asLong(0)));
    }

    @Override
    public Optional<String> node() {
        JsonNode swarm = engine.get("/info").orFail("cannot ask the engine for its Swarm").json().path("Swarm");
        return Optional.of(swarm.path("NodeID").asString("")).filter(id -> !id.isEmpty() && swarm.path("LocalNodeState").asString("").equals("active"));
    }

    @Override
    public Running ensure(Workload workload, Consumer<String> progress) {
        if (workload.spec().image().isEmpty()) {
            throw new ExecutorException(Kind.refused, workload.instance() + ": has no image (expected: one, to run on Docker)");
        }
        Set<Integer> taken = new HashSet<>();
        Optional<Running> resumed = containers.remembered(workload.instance()).flatMap(known -> resume(known.id(), workload, taken, progress));
        if (resumed.isPresent()) return resumed.get();
        String id;
        try {
            id = creation.run(workload, taken, progress);
        } catch (ExecutorException e) {
            // made by another of this installation's programs just now: take it if it is the same
            if (e.kind() != Kind.conflict || containers.find(workload.instance()).isEmpty()) throw e;
            id = containers.find(workload.instance()).get().id();
            Optional<Running> adopted = resume(id, workload, taken, progress);
            if (adopted.isPresent()) return adopted.get();
        }
        return read(id).orElseThrow(() -> new ExecutorException(Kind.other, workload.instance() + ": was removed while it was started"));
    }

    @Override
    public void stop(InstanceId instance, Duration grace) {
        containers.find(instance).ifPresent(known -> {
            long seconds = ContainerRequest.seconds(grace);
            Reply reply = engine.call("POST", "/containers/" + known.id() + "/stop?t=" + seconds, null, grace.plus(STOP_MARGIN));
            if (reply.notFound()) containers.forget(instance);
            else reply.orFail("cannot stop " + instance);
        });
    }

    @Override
    public void remove(InstanceId instance) {
        Optional<Containers.Known> found = containers.find(instance);
        if (found.isEmpty()) return;
        String id = found.get().id();
        attachments.drop(instance);
        logs.keep(instance, id);
        Reply reply = engine.call("DELETE", "/containers/" + id + "?force=1&v=1", null, STOP_MARGIN.plus(Engine.CALL_LIMIT));
        if (reply.status() == 409) awaitRemoved(id, instance);
        else if (!reply.notFound()) reply.orFail("cannot remove " + instance);
        containers.forgetIf(instance, id);
        for (String network : found.get().networks()) {
            if (!containers.anyIn(network)) networks.release(network);
        }
    }

    @Override
    public Optional<Running> inspect(InstanceId instance) {
        Optional<Running> running = containers.find(instance).flatMap(known -> read(known.id()));
        if (running.isEmpty()) containers.forget(instance);
        return running;
    }

    @Override
    public List<Running> list() {
        return new ParallelCalls<Containers.Known, Optional<Running>>(known -> read(known.id()))
                .over(containers.all()).stream().flatMap(Optional::stream).toList();
    }

    @Override
    public void logs(InstanceId instance, LogQuery query, LogSink sink) throws IOException {
        logs.read(instance, containers.find(instance).map(Containers.Known::id), query, sink);
    }

    @Override
    public ExecSession exec(InstanceId instance, ExecRequest request) throws IOException {
        return DockerExec.start(engine, require(instance), request);
    }

    @Override
    public OutputStream input(InstanceId instance) {
        return attachments.take(instance).inputOnly();
    }

    @Override
    public ExecSession attach(InstanceId instance, int columns, int rows) {
        DockerAttachment attachment = attachments.take(instance);
        if (columns > 0 && rows > 0) attachment.resize(columns, rows);
        return attachment;
    }

    @Override
    public Stats stats(InstanceId instance) {
        return stats.of(require(instance));
    }

    @Override
    public AutoCloseable watch(Watcher watcher) {
        return new EventStream(engine, containers, settings.installation(), watcher).start();
    }

    @Override
    public Optional<String> imageId(String reference) {
        return images.imageId(reference);
    }

    @Override
    public Optional<String> imageContent(String reference) {
        return transfer.describe(reference).map(Image::content);
    }

    @Override
    public String build(BuildRequest request, Consumer<String> progress) {
        return images.build(request, progress);
    }

    @Override
    public String push(String reference, String target, Consumer<String> progress) {
        return images.push(reference, target, progress);
    }

    @Override
    public List<BuiltImage> builtImages() {
        return images.builtImages();
    }

    @Override
    public void removeImage(String reference) {
        images.removeImage(reference);
    }

    @Override
    public Optional<Image> describe(String reference) {
        return transfer.describe(reference);
    }

    @Override
    public void pull(String source, String reference, Consumer<String> progress) {
        images.pull(source, reference, progress);
    }

    @Override
    public int known(List<String> layers) {
        return transfer.known(layers);
    }

    @Override
    public void give(String reference, int without, LongConsumer size, OutputStream to) throws IOException {
        transfer.give(reference, without, size, to);
    }

    @Override
    public void take(String reference, InputStream tar, long size) throws IOException {
        transfer.take(reference, tar, size);
    }

    @Override
    public VolumeEngine.Removed removeVolumes(String stack) {
        return volumes.remove(stack);
    }

    @Override
    public VolumeEngine.Removed clear(boolean withVolumes) {
        VolumeEngine.Removed cleared = networks.removeAll();
        return withVolumes ? cleared.and(volumes.removeAll()) : cleared;
    }

    @Override
    public void close() {
        attachments.close();
        engine.close();
    }

    /** The container that is there, running; empty: it is gone, or had to go, and a new one is needed. */
    private Optional<Running> resume(String id, Workload workload, Set<Integer> taken, Consumer<String> progress) {
        // Asked about a container that has just died, the engine answers once its network is taken down. To start
        // one that runs after all changes nothing, and what a refusal means is found out below.
        if (containers.runs().hasEnded(id, workload.generation()) && engine.post("/containers/" + id + "/start").ok()) return read(id);
        Optional<JsonNode> container = containers.describe(id);
        if (container.isEmpty()) {
            containers.forget(workload.instance());
            return Optional.empty();
        }
        Running running = containers.running(container.get()).orElseThrow();
        String status = container.get().at("/State/Status").asString("");
        if (status.equals("removing") || status.equals("dead")) {
            remove(workload.instance());
            return Optional.empty();
        }
        if (running.generation() != workload.generation()) {
            throw new ExecutorException(Kind.conflict, "container " + running.name() + ": is of generation " + running.generation()
                    + " (expected: " + workload.generation() + ", or none; stop and remove it first)");
        }
        if (running.state() == Running.State.running) return Optional.of(running);
        if (running.state() == Running.State.created) creation.deliver(id, workload);
        Reply started = creation.start(id, workload);
        if (started.notFound() && started.says("No such container")) {
            containers.forget(workload.instance());
            return Optional.empty();
        }
        if (Refusals.isPortTaken(started)) {
            creation.giveUpPorts(workload, id, started, taken);
            return Optional.empty();
        }
        if (Refusals.isNetworkMissing(started)) return read(anew(id, workload, running, progress));
        started.orFail("cannot start " + workload.instance());
        return read(id);
    }

    /** A container holds on to its network's id: one whose network was removed and made again is of no use. */
    private String anew(String id, Workload workload, Running former, Consumer<String> progress) {
        logs.keep(workload.instance(), id);
        engine.delete("/containers/" + id + "?force=1&v=1");
        containers.forget(workload.instance());
        Map<String, Integer> ports = new HashMap<>(workload.hostPorts());
        former.ports().forEach((port, endpoint) -> ports.put(port, Integer.valueOf(endpoint.substring(endpoint.lastIndexOf(':') + 1))));
        return creation.run(workload.withHostPorts(ports), Set.of(), progress);
    }

    private Optional<Running> read(String id) {
        return containers.describe(id).flatMap(containers::running);
    }

    private String require(InstanceId instance) {
        return containers.find(instance).orElseThrow(() -> new ExecutorException(
                Kind.conflict, instance + ": has no container on this engine (expected: a running one)")).id();
    }

    private void awaitRemoved(String id, InstanceId instance) {
        long deadline = System.nanoTime() + REMOVAL_LIMIT.toNanos();
        while (containers.describe(id).isPresent()) {
            if (System.nanoTime() > deadline) {
                throw new ExecutorException(Kind.other, instance + ": a removal that somebody else began has not ended within " + REMOVAL_LIMIT.toSeconds() + " s");
            }
            try {
                TimeUnit.MILLISECONDS.sleep(REMOVAL_POLL.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ExecutorException(Kind.unavailable, "interrupted while " + instance + " was removed", e);
            }
        }
    }
}
