package concierge.executor.swarm;

import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.NodeImages;
import concierge.executor.Running;
import concierge.executor.Workload;
import concierge.executor.docker.Credentials;
import concierge.executor.docker.DockerSettings;
import concierge.executor.docker.Engine;
import concierge.executor.docker.EngineDiscovery;
import concierge.executor.docker.HostPorts;
import concierge.executor.docker.Refusals;
import concierge.executor.docker.Reply;
import concierge.executor.swarm.Members.Member;
import concierge.json.Json;
import concierge.model.Filter;
import concierge.model.InstanceId;
import concierge.model.Link;
import concierge.model.Port;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Makes services, starts what has ended, and waits until Swarm has them running or says why not. */
final class Starting {
    /** Nodes fetch images of several gigabytes over a slow line. */
    private static final Duration START_LIMIT = Duration.ofMinutes(30);

    /** A task that finds no node for so long waits for the user, or for other tasks to end: that is told. */
    private static final Duration UNPLACED_LIMIT = Duration.ofSeconds(5);

    /** Swarm places within some tens of milliseconds what it can place at all. */
    private static final Duration PLACING_LIMIT = Duration.ofSeconds(1);

    /** Between two looks at a task that starts. */
    private static final Duration POLL = Duration.ofMillis(50);

    /** Choices of host ports that turned out to be taken on the node; more in a row mean that nothing is free there. */
    private static final int PORT_ATTEMPTS = 5;

    private final Engine engine;
    private final DockerSettings settings;
    private final Members members;
    private final Services services;
    private final OverlayNetworks networks;
    private final SwarmSecrets secrets;
    private final Pins pins;
    private final HostPorts ports;
    private final Credentials credentials;
    private final Spreading spreading;
    private final NodeImages images;

    Starting(
            Engine engine, DockerSettings settings, EngineDiscovery discovery, Members members, Services services, OverlayNetworks networks,
            SwarmSecrets secrets, Pins pins, NodeImages images) {
        this.images = images;
        this.engine = engine;
        this.settings = settings;
        this.members = members;
        this.services = services;
        this.networks = networks;
        this.secrets = secrets;
        this.pins = pins;
        this.ports = new HostPorts(
                settings.lowestPort(), settings.highestPort(), engine.address().isLocal(), settings.installation().hashCode());
        this.credentials = new Credentials(discovery.configuration(), settings.environment());
        this.spreading = new Spreading(engine, settings.installation());
    }

    Running ensure(Workload workload, Consumer<String> progress) {
        ServiceRequest request = new ServiceRequest(workload, settings.installation(), settings.suffix());
        request.refuseWhatSwarmLacks();
        Optional<Services.Known> found = services.find(workload.instance());
        Set<String> former = new HashSet<>();
        if (found.isEmpty()) {
            create(workload, request, image(workload, progress));
        } else {
            Services.Known service = found.get();
            if (service.generation() != workload.generation()) {
                throw new ExecutorException(Kind.conflict, "service " + service.name() + ": is of generation " + service.generation()
                        + " (expected: " + workload.generation() + ", or none; stop and remove it first)");
            }
            Tasks tasks = Tasks.of(engine, service.id());
            if (!service.isParked() && tasks.running(members.all()).isPresent()) return tasks.running(service, members.all());
            NodeImages.Placed image = image(workload, progress);
            if (service.isParked()) startAgain(workload, request, image, service, Set.of());
            else if (tasks.wanted().filter(task -> !task.desired().equals("ready")).isEmpty()) services.startNow(workload.instance());
            tasks.all().forEach(task -> former.add(task.id()));
            tasks.wanted().map(Tasks.Task::id).ifPresent(former::remove);
        }
        Running running = await(workload, request, former, progress);
        if (workload.spec().pinned()) pin(workload.instance());
        return running;
    }

    /** On the nodes that may run it. */
    private NodeImages.Placed image(Workload workload, Consumer<String> progress) {
        Map<String, Member> all = members.all();
        Optional<String> pin = workload.spec().pinned() ? pins.node(workload.instance()) : Optional.empty();
        Map<String, String> nodes = new HashMap<>();
        for (Member member : Members.usable(all)) if (pin.isEmpty() || pin.get().equals(member.id())) nodes.put(member.id(), member.name());
        // Those that cannot be asked now may be back before anybody looks again.
        if (nodes.isEmpty()) pin.ifPresentOrElse(node -> nodes.put(node, Members.name(all, node)), () -> all.forEach((id, member) -> nodes.put(id, member.name())));
        return images.place(workload.spec().image().orElseThrow(), nodes, progress);
    }

    private void create(Workload workload, ServiceRequest request, NodeImages.Placed image) {
        List<Map<String, Object>> files = secrets.ensure(workload);
        Map<String, Integer> hostPorts = ports.assign(workload, published());
        List<String> joined = networks(workload);
        Map<String, Member> all = members.all();
        List<String> constraints = constraints(workload, request, image, all);
        String login = credentials.header(image.image());
        InstanceId instance = workload.instance();
        Map<String, Member> having = new HashMap<>(all);
        having.keySet().removeAll(image.lacking().keySet());
        spreading.create(
                instance, having,
                apart -> {
                    List<String> wanted = new ArrayList<>(constraints);
                    wanted.addAll(apart);
                    return services.create(instance, request.body(image.image(), hostPorts, joined, files, wanted), login);
                },
                this::awaitPlaced,
                () -> services.change(instance, spec -> Spreading.release(Services.constraints(spec), constraints)));
    }

    /** Its own stack's, then those of the stacks that it links. */
    private List<String> networks(Workload workload) {
        Set<String> stacks = new LinkedHashSet<>();
        stacks.add(workload.instance().service().stack());
        for (Link link : workload.spec().links()) link.stack().ifPresent(stacks::add);
        return stacks.stream().map(networks::ensure).toList();
    }

    /** What the author asked for, not the nodes without the image, the nodes with the tags, and the one that it belongs to. */
    private List<String> constraints(Workload workload, ServiceRequest request, NodeImages.Placed image, Map<String, Member> all) {
        List<String> constraints = new ArrayList<>(request.constraints());
        for (String node : image.lacking().keySet()) constraints.add(Spreading.AVOIDS + node);
        for (Filter filter : workload.spec().filters()) {
            boolean labelled = all.values().stream().anyMatch(member -> member.tags().contains(filter.tag()));
            if (labelled && !filter.flexible()) constraints.add("node.labels." + filter.tag() + "==" + Member.TAG);
        }
        if (workload.spec().pinned()) pins.node(workload.instance()).ifPresent(node -> constraints.add("node.id==" + node));
        return constraints;
    }

    /** Of every service of the Swarm: each has its port on whatever node it comes to. */
    private Set<Integer> published() {
        return services.allPublished();
    }

    private void startAgain(Workload workload, ServiceRequest request, NodeImages.Placed image, Services.Known service, Set<Integer> refused) {
        List<Map<String, Object>> files = secrets.ensure(workload);
        Workload same = workload.withHostPorts(new HashMap<>(service.ports()));
        Map<String, Integer> hostPorts = refused.isEmpty() ? service.ports() : ports.assign(same, refused);
        ObjectNode body = Json.mapper().valueToTree(request.body(image.image(), hostPorts, networks(workload), files, constraints(workload, request, image, members.all())));
        services.change(workload.instance(), spec -> {
            long forced = spec.at("/TaskTemplate/ForceUpdate").asLong(0);
            spec.setAll(body);
            ((ObjectNode) spec.path("TaskTemplate")).put("ForceUpdate", forced + 1);
            Services.stopFirst(spec);
        });
    }

    private void awaitPlaced(String service) {
        long deadline = System.nanoTime() + PLACING_LIMIT.toNanos();
        while (System.nanoTime() < deadline) {
            if (Tasks.of(engine, service).all().stream().anyMatch(task -> !task.node().isEmpty())) return;
            pause(POLL);
        }
    }

    /** @param former runs of before, which say nothing of this start */
    private Running await(Workload workload, ServiceRequest request, Set<String> former, Consumer<String> progress) {
        InstanceId instance = workload.instance();
        long begin = System.nanoTime();
        Set<Integer> refused = new HashSet<>();
        int portAttempts = 0;
        String told = "";
        while (System.nanoTime() - begin < START_LIMIT.toNanos()) {
            Services.Known service = services.find(instance).orElseThrow(() -> new ExecutorException(
                    Kind.other, instance + ": its service was removed while it was started"));
            Tasks tasks = Tasks.of(engine, service.id());
            Map<String, Member> all = members.all();
            List<Tasks.Task> fresh = tasks.all().stream().filter(task -> !former.contains(task.id())).toList();
            if (fresh.stream().anyMatch(task -> task.isRunning(all) || task.isFinal() && task.ran())) return tasks.running(service, all);
            Optional<Tasks.Task> failed = fresh.stream().filter(Tasks.Task::isFailedStart).findFirst();
            if (failed.isPresent()) {
                boolean otherPorts = isPortTaken(failed.get()) && workload.spec().ports().stream().allMatch(port -> port.host().isEmpty());
                if (kind(failed.get().error()) == Kind.imageMissing) images.missed(workload.spec().image().orElseThrow());
                if (!otherPorts || portAttempts++ == PORT_ATTEMPTS) throw failure(workload, failed.get(), all);
                refused.addAll(service.ports().values());
                startAgain(workload, request, image(workload, progress), service, refused);
                fresh.forEach(task -> former.add(task.id()));
                continue;
            }
            Optional<Tasks.Task> next = tasks.wanted();
            boolean unplaced = next.filter(task -> task.node().isEmpty() && !task.error().isEmpty()).isPresent();
            if (unplaced && System.nanoTime() - begin > UNPLACED_LIMIT.toNanos()) throw unplaced(workload, next.get(), all);
            String text = next.map(task -> said(task, all)).orElse("");
            if (!text.equals(told) && !text.isEmpty()) progress.accept(text);
            told = text;
            pause(POLL);
        }
        throw new ExecutorException(Kind.other, instance + ": not running after " + START_LIMIT.toMinutes() + " minutes; Swarm says: " + told);
    }

    private static String said(Tasks.Task task, Map<String, Member> all) {
        if (task.node().isEmpty()) return task.error().isEmpty() ? "" : task.error();
        return task.state() + " on " + Members.name(all, task.node());
    }

    private static boolean isPortTaken(Tasks.Task task) {
        return kind(task.error()) == Kind.portTaken;
    }

    private static Kind kind(String error) {
        return Refusals.kind(new Reply(error.contains("No such image") ? 404 : 500, error.getBytes(StandardCharsets.UTF_8)));
    }

    private static ExecutorException failure(Workload workload, Tasks.Task task, Map<String, Member> all) {
        String where = " on node " + Members.name(all, task.node());
        String image = workload.spec().image().orElse("");
        return switch (kind(task.error())) {
            case imageMissing -> new ExecutorException(Kind.imageMissing, "image: " + image + " is not" + where + ", and could not be pulled there"
                    + " (expected: one in a registry that every node reaches, with `docker login` on this machine where it needs an account)");
            case portTaken -> new ExecutorException(Kind.portTaken, "host port " + fixedPorts(workload) + " for " + workload.instance() + ": taken" + where
                    + " (expected: a free one on the node; stop what has it or expose another port); " + task.error());
            case unavailable, cannotStart, exhausted, conflict, refused, other -> new ExecutorException(
                    kind(task.error()), "cannot start " + workload.instance() + where + ": " + task.error());
        };
    }

    private static String fixedPorts(Workload workload) {
        return workload.spec().ports().stream().map(Port::host).flatMap(Optional::stream).map(String::valueOf).collect(Collectors.joining(", "));
    }

    private ExecutorException unplaced(Workload workload, Tasks.Task task, Map<String, Member> all) {
        String pinned = workload.spec().pinned()
                ? pins.node(workload.instance()).map(node -> pins.explain(workload.instance(), node, all)).orElse("")
                : "";
        return new ExecutorException(Kind.exhausted, "Swarm: " + task.error() + pinned);
    }

    private void pin(InstanceId instance) {
        if (pins.node(instance).isPresent()) return;
        services.find(instance)
                .flatMap(service -> Tasks.of(engine, service.id()).last())
                .ifPresent(task -> pins.put(instance, task.node()));
        // From now on: Swarm itself must not move it either.
        pins.node(instance).ifPresent(node -> services.change(instance, spec -> {
            ArrayNode constraints = Services.constraints(spec);
            boolean known = false;
            for (var constraint : constraints) known |= constraint.asString("").equals("node.id==" + node);
            if (!known) constraints.add("node.id==" + node);
        }));
    }

    static void pause(Duration pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ExecutorException(Kind.unavailable, "interrupted while waiting for the Swarm", e);
        }
    }
}
