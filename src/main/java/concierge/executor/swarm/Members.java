package concierge.executor.swarm;

import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.docker.Engine;
import concierge.model.Resources;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** The nodes of the Swarm, as a manager describes them. */
final class Members {
    /**
     * @param address where its published ports are reached
     * @param ready it is up and answers its managers
     * @param down its managers have given it up; neither, as after a change of the Swarm's leader, is not known to be gone
     * @param active it may be given tasks
     */
    record Member(
            String id, String name, String address, boolean manager, boolean ready, boolean down, boolean active, String said, Resources capacity,
            SortedMap<String, String> labels) {
        /** Of a label whose name is a tag: {@code docker node update --label-add ssd=true NODE}. */
        static final String TAG = "true";

        boolean isUsable() {
            return ready && active;
        }

        Set<String> tags() {
            return labels.entrySet().stream().filter(label -> label.getValue().equals(TAG)).map(Map.Entry::getKey).collect(Collectors.toSet());
        }
    }

    /** How this engine stands to its Swarm; {@code text} tells of it, {@code node} is its own id there. */
    record Standing(boolean manager, String text, String node) {}

    private final Engine engine;

    Members(Engine engine) {
        this.engine = engine;
    }

    Standing standing() {
        JsonNode swarm = engine.get("/info").orFail("cannot ask the engine for its Swarm").json().path("Swarm");
        String state = swarm.path("LocalNodeState").asString("inactive");
        String node = swarm.path("NodeID").asString("");
        String error = swarm.path("Error").asString("");
        if (state.equals("inactive")) return new Standing(false, "the engine is in no Swarm (docker swarm init, or join, makes it a part of one)", node);
        if (state.equals("locked")) return new Standing(false, "the Swarm is locked (docker swarm unlock, with its key)", node);
        if (!state.equals("active")) return new Standing(false, "the engine's node is " + state + (error.isEmpty() ? "" : ": " + error), node);
        if (!swarm.path("ControlAvailable").asBoolean(false)) {
            return new Standing(false, "the engine is a worker of its Swarm (expected: a manager; docker node promote makes it one)", node);
        }
        return new Standing(true, swarm.path("Nodes").asInt(0) + " nodes, " + swarm.path("Managers").asInt(0) + " managers", node);
    }

    /** By id. Fails while the managers have no majority. */
    Map<String, Member> all() {
        Map<String, Member> members = new HashMap<>();
        for (JsonNode node : engine.get("/nodes").orFail("cannot list the nodes of the Swarm").json()) {
            Member member = member(node);
            members.put(member.id(), member);
        }
        return members;
    }

    static Member member(JsonNode node) {
        SortedMap<String, String> labels = new TreeMap<>();
        node.at("/Spec/Labels").properties().forEach(label -> labels.put(label.getKey(), label.getValue().asString("")));
        String state = node.at("/Status/State").asString("unknown");
        String availability = node.at("/Spec/Availability").asString("active");
        String message = node.at("/Status/Message").asString("");
        String said = !state.equals("ready") ? state + (message.isEmpty() ? "" : ": " + message) : availability.equals("active") ? "" : availability;
        JsonNode resources = node.at("/Description/Resources");
        return new Member(
                node.path("ID").asString(""), node.at("/Description/Hostname").asString(node.path("ID").asString("")), address(node),
                node.at("/Spec/Role").asString("").equals("manager"), state.equals("ready"), state.equals("down"), availability.equals("active"), said,
                new Resources(resources.path("NanoCPUs").asLong(0) / 1_000_000, resources.path("MemoryBytes").asLong(0)), labels);
    }

    /** A manager that looks at itself may call itself 0.0.0.0; the others' word for it is {@code address:port}. */
    private static String address(JsonNode node) {
        String seen = node.at("/Status/Addr").asString("");
        if (!seen.isEmpty() && !seen.equals("0.0.0.0")) return seen;
        String manager = node.at("/ManagerStatus/Addr").asString("");
        int colon = manager.lastIndexOf(':');
        return colon < 0 ? seen : manager.substring(0, colon);
    }

    /** The id of the node whose engine this is. */
    String own() {
        return standing().node();
    }

    static List<Member> usable(Map<String, Member> members) {
        List<Member> usable = new ArrayList<>();
        for (Member member : members.values()) if (member.isUsable()) usable.add(member);
        return usable;
    }

    static String name(Map<String, Member> members, String id) {
        return Optional.ofNullable(members.get(id)).map(Member::name).orElse(id);
    }

    /** For what only a node's own engine can do. */
    static ExecutorException elsewhere(String doing, String node) {
        return new ExecutorException(Kind.refused, doing + ": it runs on node " + node
                + ", whose engine is another one (expected: the node that Concierge talks to; ask the engine of " + node + ")");
    }
}
