package concierge.executor.swarm;

import concierge.executor.Belongings;
import concierge.executor.ClusterEngine;
import concierge.executor.ExecRequest;
import concierge.executor.ExecSession;
import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.LogArchive;
import concierge.executor.NodeImages;
import concierge.executor.Running;
import concierge.executor.Stats;
import concierge.executor.VolumeEngine;
import concierge.executor.Workload;
import concierge.executor.docker.ContainerStats;
import concierge.executor.docker.DockerExec;
import concierge.executor.docker.DockerSettings;
import concierge.executor.docker.Engine;
import concierge.executor.docker.EngineAddress;
import concierge.executor.docker.EngineDiscovery;
import concierge.executor.docker.Labels;
import concierge.executor.swarm.Members.Member;
import concierge.model.ExecutorKind;
import concierge.model.HostNode;
import concierge.model.InstanceId;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Runs instances on a Docker Swarm, through an engine that manages it. Thread-safe, without a memory of its own: the
 * truth is in the labels of the services. Swarm starts again what ends or loses its node, also while nobody of ours
 * is there.
 */
public final class SwarmExecutor implements Executor, VolumeEngine, ClusterEngine, Belongings {
    /** What Swarm may take beyond the grace to end a task and to tell. */
    private static final Duration STOP_MARGIN = Duration.ofSeconds(30);

    /** Between two looks at a task that ends. */
    private static final Duration POLL = Duration.ofMillis(50);

    private final DockerSettings settings;
    private final Engine engine;
    private final Members members;
    private final Services services;
    private final OverlayNetworks networks;
    private final SwarmSecrets secrets;
    private final Pins pins;
    private final Starting starting;
    private final TaskLogs logs;
    private final ContainerStats stats;

    /** One whose nodes get all images from registries. */
    public SwarmExecutor(DockerSettings settings) {
        this(settings, NodeImages.NONE);
    }

    /** Finds the engine as the Docker executor does; that it does not answer is no error here. */
    public SwarmExecutor(DockerSettings settings, NodeImages images) {
        this.settings = settings;
        EngineDiscovery discovery = new EngineDiscovery(settings.environment(), settings.userHome());
        this.engine = new Engine(settings.engine()
                .map(address -> EngineAddress.of(address, settings.certificates(), "configuration"))
                .orElseGet(discovery::find));
        String suffix = settings.suffix();
        this.members = new Members(engine);
        this.services = new Services(engine, settings.installation(), suffix);
        this.networks = new OverlayNetworks(engine, settings.installation(), suffix);
        this.secrets = new SwarmSecrets(engine, settings.installation(), suffix);
        this.pins = new Pins(engine, settings.installation(), suffix, members);
        this.starting = new Starting(engine, settings, discovery, members, services, networks, secrets, pins, images);
        this.logs = new TaskLogs(engine, members, services::find, new LogArchive(settings.logs()));
        this.stats = new ContainerStats(engine);
    }

    @Override
    public ExecutorKind kind() {
        return ExecutorKind.swarm;
    }

    @Override
    public Availability availability() {
        try {
            Engine.negotiate(engine.describe());
            Members.Standing standing = members.standing();
            if (!standing.manager()) return new Availability(false, standing.text() + " at " + engine.address());
            // What only managers with a majority answer.
            long usable = members.all().values().stream().filter(Member::isUsable).count();
            return new Availability(usable > 0, "Swarm of " + standing.text() + ", " + usable + " of them may be given tasks, at " + engine.address());
        } catch (ExecutorException e) {
            return new Availability(false, Objects.requireNonNullElse(e.getMessage(), "the Swarm does not answer"));
        }
    }

    @Override
    public Cluster cluster() {
        List<HostNode> nodes = new ArrayList<>();
        for (Member member : members.all().values()) {
            nodes.add(new HostNode(member.name(), member.address(), member.manager(), member.isUsable(), member.said(), member.capacity(), member.tags()));
        }
        return new Cluster(nodes);
    }

    @Override
    public Running ensure(Workload workload, Consumer<String> progress) {
        return starting.ensure(workload, progress);
    }

    /** With the grace that the service was made with: Swarm has no other. */
    @Override
    public void stop(InstanceId instance, Duration grace) {
        Optional<Services.Known> found = services.find(instance);
        if (found.isEmpty()) return;
        if (!found.get().isParked()) services.park(instance);
        Duration limit = (grace.compareTo(found.get().grace()) > 0 ? grace : found.get().grace()).plus(STOP_MARGIN);
        await(limit, instance + " has not ended within " + limit.toSeconds() + " s after it was told to stop", () ->
                Tasks.of(engine, found.get().id()).running(members.all()).isEmpty());
    }

    @Override
    public void remove(InstanceId instance) {
        Optional<Services.Known> found = services.find(instance);
        if (found.isPresent()) {
            logs.keep(found.get());
            services.remove(found.get());
            Map<String, Member> all = members.all();
            Duration limit = found.get().grace().plus(STOP_MARGIN);
            // What a node that is down still has is not waited for: Swarm takes it away when that is back.
            await(limit, instance + " has not gone within " + limit.toSeconds() + " s after its service was removed", () ->
                    Tasks.labelled(engine, Labels.INSTALLATION + "=" + settings.installation(), Labels.INSTANCE + "=" + instance.path()).all().stream()
                            .noneMatch(task -> task.isThere(all)) && !hasContainers(found.get()));
        }
        secrets.remove(instance);
        if (found.isPresent()) networks.release(found.get(), services.all());
    }

    /** On this engine, which takes them away some time after their tasks; its volumes are in use until then. */
    private boolean hasContainers(Services.Known service) {
        String filter = Labels.filter("com.docker.swarm.service.id=" + service.id());
        return !engine.get("/containers/json?all=1&filters=" + filter).orFail("cannot list the containers").json().isEmpty();
    }

    /** The node's engine does; a task is running once it is healthy, and is replaced when it is not any more. */
    @Override
    public boolean checksHealth() {
        return true;
    }

    @Override
    public Optional<Running> inspect(InstanceId instance) {
        return services.find(instance).map(service -> Tasks.of(engine, service.id()).running(service, members.all()));
    }

    @Override
    public List<Running> list() {
        List<Services.Known> all = services.all();
        if (all.isEmpty()) return List.of();
        Map<String, List<Tasks.Task>> tasks = new HashMap<>();
        for (Tasks.Task task : Tasks.labelled(engine, Labels.INSTALLATION + "=" + settings.installation()).all()) {
            tasks.computeIfAbsent(task.service(), _ -> new ArrayList<>()).add(task);
        }
        Map<String, Member> nodes = members.all();
        return all.stream().map(service -> new Tasks(tasks.getOrDefault(service.id(), List.of())).running(service, nodes)).toList();
    }

    @Override
    public void logs(InstanceId instance, LogQuery query, LogSink sink) {
        logs.read(instance, query, sink);
    }

    @Override
    public ExecSession exec(InstanceId instance, ExecRequest request) throws IOException {
        return DockerExec.start(engine, container(instance, "cannot run " + request.command() + " in " + instance), request);
    }

    @Override
    public Stats stats(InstanceId instance) {
        return stats.of(container(instance, "cannot measure " + instance));
    }

    /** Of the run that goes on, if its node is this engine's. */
    private String container(InstanceId instance, String doing) {
        Services.Known service = services.find(instance).orElseThrow(() -> new ExecutorException(
                Kind.conflict, instance + ": has no service on this Swarm (expected: a running one)"));
        Map<String, Member> all = members.all();
        Tasks.Task task = Tasks.of(engine, service.id()).running(all).orElseThrow(() -> new ExecutorException(
                Kind.conflict, doing + ": the instance is not running"));
        if (!task.node().equals(members.own())) throw Members.elsewhere(doing, Members.name(all, task.node()));
        return task.container();
    }

    @Override
    public AutoCloseable watch(Watcher watcher) {
        return new TaskWatch(this::list, watcher).start();
    }

    @Override
    public VolumeEngine.Removed removeVolumes(String stack) {
        // Where there is no Swarm, none of it has volumes.
        return availability().available() ? pins.removeVolumes(stack) : new VolumeEngine.Removed(List.of(), List.of());
    }

    /** Its networks go with the services that use them. */
    @Override
    public VolumeEngine.Removed clear(boolean withVolumes) {
        return withVolumes && availability().available() ? pins.removeAllVolumes() : new VolumeEngine.Removed(List.of(), List.of());
    }

    @Override
    public void close() {
        engine.close();
    }

    private interface Condition {
        boolean holds();
    }

    private static void await(Duration limit, String failure, Condition condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > deadline) throw new ExecutorException(Kind.other, failure);
            Starting.pause(POLL);
        }
    }
}
