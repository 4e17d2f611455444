package concierge.executor.swarm;

import concierge.executor.Running;
import concierge.executor.docker.Engine;
import concierge.executor.swarm.Members.Member;
import concierge.json.Json;
import concierge.model.Digest;
import concierge.model.InstanceId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** The tasks of one service, which has one replica: its runs, oldest first. */
record Tasks(List<Task> all) {
    private static final Set<String> FINAL = Set.of("complete", "shutdown", "failed", "rejected", "remove", "orphaned");

    /** What Swarm says of a container that never came to run. */
    private static final String NOT_STARTED = "starting container failed";

    /**
     * @param container empty: none was made
     * @param node empty: not placed yet
     * @param error Swarm's own words
     * @param forced how often its service had been updated by force when it was made
     */
    record Task(
            String id, String service, Instant created, String state, String desired, String node, String container, int exitCode, String error, long forced) {
        static Task of(JsonNode task) {
            JsonNode status = task.path("Status");
            return new Task(
                    task.path("ID").asString(""), task.path("ServiceID").asString(""), Instant.parse(task.path("CreatedAt").asString("1970-01-01T00:00:00Z")),
                    status.path("State").asString("new"), task.path("DesiredState").asString(""), task.path("NodeID").asString(""),
                    status.at("/ContainerStatus/ContainerID").asString(""), status.at("/ContainerStatus/ExitCode").asInt(0), status.path("Err").asString(""),
                    task.at("/Spec/ForceUpdate").asLong(0));
        }

        boolean isFinal() {
            return FINAL.contains(state);
        }

        /** It was run, as far as Swarm tells. */
        boolean ran() {
            return state.equals("running") || isFinal() && !container.isEmpty() && !isFailedStart();
        }

        /** An update took it away, maybe before it was started: no end of the instance. */
        boolean isReplaced(Services.Known service) {
            return state.equals("shutdown") && forced < service.forced();
        }

        boolean isFailedStart() {
            return state.equals("rejected") || state.equals("failed") && error.contains(NOT_STARTED);
        }

        boolean isRunning(Map<String, Member> members) {
            return state.equals("running") && isThere(members);
        }

        /** A node that is down still has its last word: running. */
        boolean isThere(Map<String, Member> members) {
            Member member = members.get(node);
            return member == null || !member.down();
        }

        /** Swarm wants it to run, at once or after a pause. */
        boolean isWanted() {
            return !isFinal() && (desired.equals("running") || desired.equals("ready"));
        }
    }

    Tasks {
        all = all.stream().sorted(Comparator.comparing(Task::created)).toList();
    }

    /** Of a service by its id, also of one that is removed and whose tasks still end. */
    static Tasks of(Engine engine, String service) {
        return new Tasks(read(engine, Map.of("service", List.of(service))));
    }

    static Tasks labelled(Engine engine, String... labels) {
        return new Tasks(read(engine, Map.of("label", List.of(labels))));
    }

    private static List<Task> read(Engine engine, Map<String, Object> filters) {
        concierge.executor.docker.Reply reply = engine.get("/tasks?filters=" + Engine.encode(Json.write(filters)));
        if (reply.notFound()) return List.of();
        List<Task> tasks = new ArrayList<>();
        for (JsonNode task : reply.orFail("cannot list the tasks of the Swarm").json()) tasks.add(Task.of(task));
        return tasks;
    }

    /** The run that goes on. */
    Optional<Task> running(Map<String, Member> members) {
        return all.stream().filter(task -> task.isRunning(members)).reduce((_, newer) -> newer);
    }

    /** The last one that was run. */
    Optional<Task> last() {
        return all.stream().filter(Task::ran).reduce((_, newer) -> newer);
    }

    /** What Swarm is about to run. */
    Optional<Task> wanted() {
        return all.stream().filter(Task::isWanted).reduce((_, newer) -> newer);
    }

    /** What the executor says of the instance: the run that goes on, else the last one, else that there was none. */
    Running running(Services.Known service, Map<String, Member> members) {
        Optional<Task> runs = running(members);
        Optional<Task> shown = runs.or(() -> all.stream().filter(task -> task.ran() && !task.isReplaced(service)).reduce((_, newer) -> newer));
        Running.State state = runs.isPresent() ? Running.State.running : shown.isPresent() ? Running.State.ended : Running.State.created;
        Optional<Member> member = shown.map(Task::node).map(members::get);
        return new Running(
                service.instance(), service.generation(), service.digest(), service.name(), state,
                shown.map(Task::created), exitCode(state, shown), false, "", ports(service, member),
                new TreeMap<>(), runs.isPresent() ? member.map(it -> "on " + it.name()).orElse("") : "");
    }

    /** Of one that its node took away with it nobody knows any. */
    private static Optional<Integer> exitCode(Running.State state, Optional<Task> shown) {
        return state == Running.State.ended ? shown.filter(Task::isFinal).map(Task::exitCode) : Optional.empty();
    }

    private static SortedMap<String, String> ports(Services.Known service, Optional<Member> member) {
        SortedMap<String, String> ports = new TreeMap<>();
        String address = member.map(Member::address).orElse("");
        if (!address.isEmpty()) service.ports().forEach((port, host) -> ports.put(port, address + ":" + host));
        return ports;
    }

    static Digest digest(String hex) {
        return hex.matches("[0-9a-f]{64}") ? new Digest(hex) : new Digest("0".repeat(64));
    }

    static Optional<InstanceId> instance(String path) {
        return path.isEmpty() ? Optional.empty() : Optional.of(InstanceId.parse(path));
    }
}
