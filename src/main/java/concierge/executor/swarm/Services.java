package concierge.executor.swarm;

import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.docker.Engine;
import concierge.executor.docker.Labels;
import concierge.executor.docker.Reply;
import concierge.executor.docker.Refusals;
import concierge.model.Digest;
import concierge.model.InstanceId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** This installation's services, one an instance: found, made, changed, removed. The truth is in their labels. */
final class Services {
    /** A place that no node is: a service that asks for it is stopped, and keeps its ended run with its output. */
    static final String PARKED = "node.id==stopped-by-concierge";

    /** A change that somebody was faster with is made again upon theirs. */
    private static final int ATTEMPTS = 10;

    /** Of Swarm's names. */
    private static final int LONGEST_NAME = 63;

    private final Engine engine;
    private final String installation;
    private final String suffix;

    Services(Engine engine, String installation, String suffix) {
        this.engine = engine;
        this.installation = installation;
        this.suffix = suffix;
    }

    /** @param ports exposed port ({@code 80/tcp}) to the port that its node publishes it on */
    record Known(
            String id, long version, JsonNode spec, InstanceId instance, long generation, Digest digest, String name, SortedMap<String, Integer> ports) {
        boolean isParked() {
            for (JsonNode constraint : spec.at("/TaskTemplate/Placement/Constraints")) if (constraint.asString("").equals(PARKED)) return true;
            return false;
        }

        /** How often it was updated by force. */
        long forced() {
            return spec.at("/TaskTemplate/ForceUpdate").asLong(0);
        }

        boolean restarts() {
            return !spec.at("/TaskTemplate/RestartPolicy/Condition").asString("any").equals("none");
        }

        Duration grace() {
            return Duration.ofNanos(spec.at("/TaskTemplate/ContainerSpec/StopGracePeriod").asLong(0));
        }

        List<String> secrets() {
            List<String> secrets = new ArrayList<>();
            for (JsonNode secret : spec.at("/TaskTemplate/ContainerSpec/Secrets")) secrets.add(secret.path("SecretID").asString(""));
            return secrets;
        }

        boolean hasTerminal() {
            return spec.at("/TaskTemplate/ContainerSpec/TTY").asBoolean(false);
        }
    }

    List<Known> all() {
        return read(Labels.INSTALLATION + "=" + installation);
    }

    Optional<Known> find(InstanceId instance) {
        return read(Labels.INSTALLATION + "=" + installation, Labels.INSTANCE + "=" + instance.path()).stream().findFirst();
    }

    /** The host ports that services of the whole Swarm publish, whoever's they are. */
    Set<Integer> allPublished() {
        Set<Integer> ports = new TreeSet<>();
        for (JsonNode service : engine.get("/services").orFail("cannot list the services of the Swarm").json()) {
            for (JsonNode port : service.at("/Endpoint/Ports")) ports.add(port.path("PublishedPort").asInt(0));
        }
        return ports;
    }

    private List<Known> read(String... labels) {
        List<Known> found = new ArrayList<>();
        for (JsonNode service : engine.get("/services?filters=" + Labels.filter(labels)).orFail("cannot list the services of the Swarm").json()) {
            known(service).ifPresent(found::add);
        }
        return found;
    }

    private Optional<Known> known(JsonNode service) {
        JsonNode spec = service.path("Spec");
        JsonNode labels = spec.path("Labels");
        return Labels.instance(labels, installation).map(instance -> new Known(
                service.path("ID").asString(""), service.at("/Version/Index").asLong(0), spec, instance,
                Long.parseLong(labels.path(Labels.GENERATION).asString("0")), Tasks.digest(labels.path(Labels.DIGEST).asString("")),
                spec.path("Name").asString(""), ports(spec)));
    }

    private static SortedMap<String, Integer> ports(JsonNode spec) {
        SortedMap<String, Integer> ports = new TreeMap<>();
        for (JsonNode port : spec.at("/EndpointSpec/Ports")) {
            ports.put(port.path("TargetPort").asInt(0) + "/" + port.path("Protocol").asString("tcp"), port.path("PublishedPort").asInt(0));
        }
        return ports;
    }

    /** Makes a service under the instance's name, or, where somebody else's has it, one with our suffix; its id. */
    String create(InstanceId instance, Map<String, Object> body, String registryLogin) {
        String name = name(instance.containerName());
        Reply reply = create(name, body, registryLogin);
        if (reply.status() == 409 && find(instance).isEmpty()) reply = create(name(instance.containerName() + "-" + suffix), body, registryLogin);
        if (reply.status() == 409) throw new ExecutorException(Kind.conflict, "service " + name + ": was made meanwhile (expected: one maker an instance)");
        return reply.orFail("cannot create " + instance).json().path("ID").asString("");
    }

    private Reply create(String name, Map<String, Object> body, String registryLogin) {
        Map<String, Object> named = new TreeMap<>(body);
        named.put("Name", name);
        return engine.post("/services/create", named, Map.of("X-Registry-Auth", registryLogin));
    }

    /** Long names keep their beginning and are told apart by digits made of the whole. */
    static String name(String name) {
        if (name.length() <= LONGEST_NAME) return name;
        String digits = Digest.of(name).shortHex();
        return name.substring(0, LONGEST_NAME - digits.length() - 1) + "-" + digits;
    }

    /** Changes a service's specification; false: it is gone. */
    boolean change(InstanceId instance, Consumer<ObjectNode> change) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<Known> now = find(instance);
            if (now.isEmpty()) return false;
            ObjectNode spec = (ObjectNode) now.get().spec().deepCopy();
            change.accept(spec);
            Reply reply = engine.post("/services/" + now.get().id() + "/update?version=" + now.get().version() + "&registryAuthFrom=spec", spec);
            if (reply.ok()) return true;
            if (reply.notFound()) return false;
            if (!reply.says("update out of sequence")) throw Refusals.of("cannot change " + instance, reply);
        }
        throw new ExecutorException(Kind.other, instance + ": others changed its service " + ATTEMPTS + " times in a row");
    }

    /** Of a service's specification, to be changed; Swarm leaves an empty list out. */
    static ArrayNode constraints(ObjectNode spec) {
        ObjectNode placement = spec.withObjectProperty("TaskTemplate").withObjectProperty("Placement");
        return placement.withArrayProperty("Constraints");
    }

    /** Stops it: Swarm ends the run, with the service's own grace, and finds no place for another one. */
    void park(InstanceId instance) {
        change(instance, spec -> {
            constraints(spec).removeAll().add(PARKED);
            stopFirst(spec);
        });
    }

    /** Starts it at once, where Swarm would pause, or would not start it any more. */
    void startNow(InstanceId instance) {
        change(instance, spec -> {
            ObjectNode task = (ObjectNode) spec.path("TaskTemplate");
            task.put("ForceUpdate", task.path("ForceUpdate").asLong(0) + 1);
            stopFirst(spec);
        });
    }

    /** Swarm keeps to the order of a service's own updates, which could wait here for a start that never comes. */
    static void stopFirst(ObjectNode spec) {
        ObjectNode update = spec.path("UpdateConfig").isObject() ? (ObjectNode) spec.path("UpdateConfig") : spec.putObject("UpdateConfig");
        update.put("Order", "stop-first");
    }

    void remove(Known service) {
        Reply reply = engine.delete("/services/" + service.id());
        if (!reply.notFound()) reply.orFail("cannot remove " + service.instance());
    }
}
