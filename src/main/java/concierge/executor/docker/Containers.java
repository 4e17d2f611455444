package concierge.executor.docker;

import concierge.executor.Published;
import concierge.executor.Running;
import concierge.model.Digest;
import concierge.model.HealthVariables;
import concierge.model.InstanceId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * This installation's containers: which one an instance has, and what the engine says of it. Remembers
 * ids, so that the usual path asks nothing twice; what is remembered wrongly shows as 404 and is forgotten.
 * Thread-safe.
 */
final class Containers {
    private static final Digest UNKNOWN = new Digest("0".repeat(64));

    /** The engine's way to say "never". */
    private static final String NEVER = "0001-01-01T00:00:00Z";

    private final Engine engine;
    private final String installation;
    private final ConcurrentHashMap<InstanceId, Known> known = new ConcurrentHashMap<>();
    private final Predicate<String> ours;
    private final Runs runs = new Runs();
    private boolean loaded;

    /** @param networks those of this installation that it is in, by name */
    record Known(String id, Set<String> networks) {}

    /** @param ours whether a network of that name is this installation's */
    Containers(Engine engine, String installation, Predicate<String> ours) {
        this.ours = ours;
        this.engine = engine;
        this.installation = installation;
    }

    void remember(InstanceId instance, String id, Set<String> networks) {
        known.put(instance, new Known(id, Set.copyOf(networks)));
    }

    void forget(InstanceId instance) {
        known.remove(instance);
    }

    /** It is gone: forgets the container, and the instance if it is that container which is remembered. */
    void forgetIf(InstanceId instance, String id) {
        runs.forget(id);
        known.computeIfPresent(instance, (_, container) -> container.id().equals(id) ? null : container);
    }

    /** By memory alone, once all that is there was looked through. */
    Optional<Known> remembered(InstanceId instance) {
        load();
        return Optional.ofNullable(known.get(instance));
    }

    /** By memory, else by asking the engine. */
    Optional<Known> find(InstanceId instance) {
        Known found = known.get(instance);
        if (found != null) return Optional.of(found);
        listed(Labels.INSTALLATION + "=" + installation, Labels.INSTANCE + "=" + instance.path());
        return Optional.ofNullable(known.get(instance));
    }

    boolean anyIn(String network) {
        return known.values().stream().anyMatch(container -> container.networks().contains(network));
    }

    /** Ids of all that is there now. */
    List<Known> all() {
        List<Known> all = listed(Labels.INSTALLATION + "=" + installation);
        runs.keep(all.stream().map(Known::id).collect(Collectors.toSet()));
        return all;
    }

    /** What was read of their runs. */
    Runs runs() {
        return runs;
    }

    /** What the engine says of a container; empty: it is not there, or not ours. */
    Optional<JsonNode> describe(String id) {
        Reply reply = engine.get("/containers/" + Engine.encode(id) + "/json");
        if (reply.notFound()) return Optional.empty();
        return Optional.of(reply.orFail("cannot look at a container").json());
    }

    Optional<Running> running(JsonNode container) {
        JsonNode labels = container.at("/Config/Labels");
        Optional<Running> running = Labels.instance(labels, installation).map(instance -> new Running(
                instance,
                Long.parseLong(labels.path(Labels.GENERATION).asString("0")),
                digest(labels),
                container.path("Name").asString("").replaceFirst("^/", ""),
                state(container.at("/State")),
                started(container.at("/State")),
                exitCode(container.at("/State")),
                container.at("/State/OOMKilled").asBoolean(false),
                address(container),
                ports(container),
                health(container),
                remark(container)));
        boolean limited = container.at("/HostConfig/Memory").asLong(0) > 0;
        running.ifPresent(seen -> runs.saw(container.path("Id").asString(), seen, limited));
        return running;
    }

    static Digest digest(JsonNode labels) {
        String hex = labels.path(Labels.DIGEST).asString("");
        return hex.matches("[0-9a-f]{64}") ? new Digest(hex) : UNKNOWN;
    }

    private void load() {
        synchronized (this) {
            if (loaded) return;
            all();
            loaded = true;
        }
    }

    private List<Known> listed(String... labels) {
        List<Known> found = new ArrayList<>();
        JsonNode containers = engine.get("/containers/json?all=1&filters=" + Labels.filter(labels))
                .orFail("cannot list the containers")
                .json();
        for (JsonNode container : containers) {
            Optional<InstanceId> instance = Labels.instance(container.path("Labels"), installation);
            if (instance.isEmpty()) continue;
            Known one = new Known(container.path("Id").asString(), networksOf(container));
            known.putIfAbsent(instance.get(), one);
            found.add(one);
        }
        return found;
    }

    private Set<String> networksOf(JsonNode container) {
        return container.at("/NetworkSettings/Networks").propertyNames().stream().filter(ours).collect(Collectors.toSet());
    }

    private static Running.State state(JsonNode state) {
        return switch (state.path("Status").asString("")) {
            case "created" -> Running.State.created;
            case "running", "paused", "restarting" -> Running.State.running;
            default -> Running.State.ended;
        };
    }

    private static Optional<Instant> started(JsonNode state) {
        String started = state.path("StartedAt").asString(NEVER);
        return started.equals(NEVER) ? Optional.empty() : Optional.of(Instant.parse(started));
    }

    private static Optional<Integer> exitCode(JsonNode state) {
        return state(state) == Running.State.ended ? Optional.of(state.path("ExitCode").asInt(0)) : Optional.empty();
    }

    /** The engine has the image's environment in the container's. */
    private static SortedMap<String, String> health(JsonNode container) {
        SortedMap<String, String> health = new TreeMap<>();
        for (JsonNode variable : container.at("/Config/Env")) {
            String text = variable.asString("");
            int equals = text.indexOf('=');
            if (equals > 0 && HealthVariables.isOne(text.substring(0, equals))) health.put(text.substring(0, equals), text.substring(equals + 1));
        }
        return health;
    }

    /** Why ports that the engine publishes on an address cannot be reached from here; empty: they can. */
    Optional<String> unreachable(String bind) {
        if (!engine.address().isElsewhere() || !Published.isLoopback(bind)) return Optional.empty();
        String machine = engine.address().uri().getHost();
        return Optional.of("ports are published on " + bind + " of " + machine + ", where the engine is, and nobody reaches them from here"
                + " (set bind to 0.0.0.0 or to an address of " + machine + ", and deploy again)");
    }

    private String remark(JsonNode container) {
        for (JsonNode bindings : container.at("/HostConfig/PortBindings")) {
            for (JsonNode binding : bindings) {
                Optional<String> remark = unreachable(binding.path("HostIp").asString(""));
                if (remark.isPresent()) return remark.get();
            }
        }
        return "";
    }

    /** Of an engine elsewhere only what it publishes can be asked: its containers' networks end there. */
    private String address(JsonNode container) {
        if (engine.address().isElsewhere()) return Running.AT_ITS_PORTS;
        if (container.at("/HostConfig/NetworkMode").asString("").equals("host")) return "127.0.0.1";
        JsonNode networks = container.at("/NetworkSettings/Networks");
        String own = networks.path(container.at("/HostConfig/NetworkMode").asString("")).path("IPAddress").asString("");
        if (!own.isEmpty()) return own;
        for (JsonNode network : networks) {
            String address = network.path("IPAddress").asString("");
            if (!address.isEmpty()) return address;
        }
        return "";
    }

    /** As asked for, not as bound now: that holds for stopped ones too. */
    private SortedMap<String, String> ports(JsonNode container) {
        SortedMap<String, String> ports = new TreeMap<>();
        boolean host = container.at("/HostConfig/NetworkMode").asString("").equals("host");
        if (host) {
            for (String port : container.at("/Config/ExposedPorts").propertyNames()) {
                ports.put(port, new Published(reachable(""), Integer.parseInt(port.replaceFirst("/.*", ""))).text());
            }
        }
        container.at("/HostConfig/PortBindings").properties().forEach(entry -> {
            for (JsonNode binding : entry.getValue()) {
                ports.put(entry.getKey(), new Published(reachable(binding.path("HostIp").asString("")), binding.path("HostPort").asInt(0)).text());
            }
        });
        return ports;
    }

    /** What an engine elsewhere binds to all addresses is reached where the engine is; of its own the host knows better. */
    private String reachable(String bound) {
        if (!new Published(bound, 0).isAnyAddress()) return bound;
        return engine.address().isElsewhere() ? engine.address().uri().getHost() : Published.EVERYWHERE;
    }
}
