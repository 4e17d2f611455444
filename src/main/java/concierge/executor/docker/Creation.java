package concierge.executor.docker;

import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.Workload;
import concierge.model.InstanceId;
import concierge.model.Link;
import concierge.model.Port;
import concierge.model.Secret;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * Creates and starts containers. Optimistic: it asks for what usually is there (image, network, name, ports)
 * and repairs what the engine says is missing, so that the usual path is one create and one start.
 */
final class Creation {
    /** Ports that somebody took between choosing and starting; more in a row means that nothing is free. */
    private static final int PORT_ATTEMPTS = 20;

    /** Each repair (pull, network, name) helps once. */
    private static final int REPAIRS = 4;

    /** {@code Bind for 127.0.0.1:8080 failed}, {@code listen tcp4 127.0.0.1:8080: bind: address already in use}. */
    private static final Pattern PORT = Pattern.compile(":(\\d{1,5})(?: failed|: bind)");

    private final Engine engine;
    private final DockerSettings settings;
    private final Containers containers;
    private final Networks networks;
    private final HostPorts ports;
    private final DockerImages images;
    private final Attachments attachments;
    private final SecretFolder secrets;

    Creation(
            Engine engine, DockerSettings settings, Containers containers, Networks networks, HostPorts ports, DockerImages images, Attachments attachments) {
        this.engine = engine;
        this.settings = settings;
        this.containers = containers;
        this.networks = networks;
        this.ports = ports;
        this.images = images;
        this.attachments = attachments;
        this.secrets = new SecretFolder(engine, containers);
    }

    /**
     * A new container, started; its id.
     *
     * @param taken host ports that are known not to be free
     */
    String run(Workload workload, Set<Integer> taken, Consumer<String> progress) {
        DockerOptions options = DockerOptions.of(workload.spec().options(), engine.speaks("1.44"));
        Set<Integer> refused = new HashSet<>(taken);
        // First of all: a container that could not get them would only stand there.
        List<Secret> opened = workload.secrets().open(workload.spec().secrets());
        for (int attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
            String id = create(workload, options, refused, progress);
            secrets.fill(id, workload.spec().secrets(), opened);
            if (workload.spec().takesInput()) attachments.hold(workload.instance(), id, options.hasTerminal());
            Reply started = start(id, workload);
            if (started.ok()) return id;
            if (!Refusals.isPortTaken(started)) throw Refusals.of("cannot start " + workload.instance(), started);
            giveUpPorts(workload, id, started, refused);
        }
        throw new ExecutorException(
                Kind.portTaken, "host ports for " + workload.instance() + ": " + PORT_ATTEMPTS + " choices in a row were taken meanwhile");
    }

    /** For a container whose maker was interrupted before it started it. */
    void deliver(String id, Workload workload) {
        secrets.fill(id, workload.spec().secrets(), workload.secrets().open(workload.spec().secrets()));
    }

    /** Starts a container that is there; a network that is gone is made again. */
    Reply start(String id, Workload workload) {
        Reply started = engine.post("/containers/" + id + "/start");
        if (Refusals.isNetworkMissing(started)) {
            for (String stack : stacks(workload)) {
                networks.forget(stack);
                networks.ensure(stack);
            }
            started = engine.post("/containers/" + id + "/start");
        }
        return started;
    }

    /**
     * Removes a container that could not have its ports and notes which were refused; throws when one of
     * them is fixed.
     */
    void giveUpPorts(Workload workload, String id, Reply refusal, Set<Integer> refused) {
        Matcher match = PORT.matcher(refusal.message());
        Optional<Integer> culprit = match.find() ? Optional.of(Integer.valueOf(match.group(1))) : Optional.empty();
        Optional<Port> fixed = workload.spec().ports().stream()
                .filter(port -> port.host().isPresent() && (culprit.isEmpty() || culprit.equals(port.host())))
                .findFirst();
        if (fixed.isPresent()) throw portTaken(fixed.get().host().orElseThrow(), workload);
        JsonNode bindings = containers.describe(id).map(container -> container.at("/HostConfig/PortBindings")).orElseThrow();
        if (culprit.isPresent()) refused.add(culprit.get());
        else for (JsonNode binding : bindings) refused.add(Integer.parseInt(binding.path(0).path("HostPort").asString("0")));
        engine.delete("/containers/" + id + "?force=1&v=1");
        containers.forget(workload.instance());
    }

    /** The stacks whose networks an instance joins, its own first. */
    static Set<String> stacks(Workload workload) {
        Set<String> stacks = new LinkedHashSet<>();
        stacks.add(workload.instance().service().stack());
        for (Link link : workload.spec().links()) link.stack().ifPresent(stacks::add);
        return stacks;
    }

    private String create(Workload workload, DockerOptions options, Set<Integer> refused, Consumer<String> progress) {
        Set<String> stacks = stacks(workload);
        String stack = workload.instance().service().stack();
        ContainerRequest request = new ContainerRequest(settings.installation(), workload, options, networks.name(stack));
        if (request.joinsStackNetwork()) stacks.forEach(networks::ensure);
        Map<String, Object> body = request.body(ports.assign(workload, refused));
        String name = workload.instance().containerName();
        for (int repair = 0; repair < REPAIRS; repair++) {
            String platform = options.platform.map(wanted -> "&platform=" + Engine.encode(wanted)).orElse("");
            Reply reply = engine.post("/containers/create?name=" + Engine.encode(name) + platform, body);
            if (reply.ok()) {
                String id = reply.json().path("Id").asString();
                if (request.joinsStackNetwork()) join(id, stacks, stack);
                containers.remember(workload.instance(), id, request.joinsStackNetwork() ? names(stacks) : Set.of());
                return id;
            }
            if (Refusals.isImageMissing(reply)) images.pull(workload.spec().image().orElseThrow(), progress);
            else if (reply.status() == 409) name = otherName(name, workload, reply);
            else throw Refusals.of("cannot create " + workload.instance(), reply);
        }
        throw new ExecutorException(Kind.other, "cannot create " + workload.instance() + ": what was missing is missing again");
    }

    /** Networks of linked stacks: without aliases, so that their names are not claimed there. */
    private void join(String id, Set<String> stacks, String own) {
        for (String stack : stacks) {
            if (stack.equals(own)) continue;
            String path = "/networks/" + Engine.encode(networks.name(stack)) + "/connect";
            Reply reply = engine.post(path, Map.of("Container", id));
            if (reply.notFound()) {
                networks.forget(stack);
                networks.ensure(stack);
                reply = engine.post(path, Map.of("Container", id));
            }
            reply.orFail("cannot join the network of stack " + stack);
        }
    }

    private Set<String> names(Set<String> stacks) {
        return stacks.stream().map(networks::name).collect(Collectors.toSet());
    }

    private String otherName(String name, Workload workload, Reply reply) {
        InstanceId instance = workload.instance();
        Optional<JsonNode> holder = containers.describe(name);
        // gone meanwhile: the same name again
        if (holder.isEmpty()) return name;
        Optional<InstanceId> owner = Labels.instance(holder.get().at("/Config/Labels"), settings.installation());
        if (owner.filter(instance::equals).isPresent()) {
            containers.remember(instance, holder.get().path("Id").asString(), names(stacks(workload)));
            throw new ExecutorException(
                    Kind.conflict, "container " + name + ": was made meanwhile for the same instance (expected: one maker an instance)");
        }
        String suffixed = instance.containerName() + "-" + settings.suffix();
        if (name.equals(suffixed)) throw Refusals.of("cannot create " + instance, reply);
        return suffixed;
    }

    private ExecutorException portTaken(int port, Workload workload) {
        return new ExecutorException(Kind.portTaken, "host port " + port + " for " + workload.instance() + ": taken by " + holder(port)
                + " (expected: a free one; stop that one or expose another port)");
    }

    /** Whoever of the engine's containers publishes that port. */
    private String holder(int port) {
        Reply reply = engine.get("/containers/json");
        if (reply.ok()) {
            for (JsonNode container : reply.json()) {
                for (JsonNode published : container.path("Ports")) {
                    if (published.path("PublicPort").asInt(0) == port) {
                        return "container " + container.path("Names").path(0).asString("").replaceFirst("^/", "");
                    }
                }
            }
        }
        return "a program outside Docker";
    }
}
