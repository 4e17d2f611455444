package concierge.executor.swarm;

import concierge.executor.VolumeEngine;
import concierge.executor.docker.Engine;
import concierge.executor.docker.Labels;
import concierge.executor.docker.Volumes;
import concierge.executor.swarm.Members.Member;
import concierge.model.Digest;
import concierge.model.InstanceId;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Which node a fixed instance belongs to: the one that its volumes are on. Kept by the Swarm itself, as a config
 * without use for anybody else, so that it is known wherever Concierge runs, and as long as the volumes are there.
 */
final class Pins {
    private static final String PIN = "concierge.pin";
    private static final String NODE = "concierge.node";

    private final Engine engine;
    private final String installation;
    private final String suffix;
    private final Members members;

    Pins(Engine engine, String installation, String suffix, Members members) {
        this.engine = engine;
        this.installation = installation;
        this.suffix = suffix;
        this.members = members;
    }

    /** The same over tags, as volumes are. */
    private static String key(InstanceId instance) {
        return instance.service().stack() + "/" + instance.service().service() + "/" + instance.n();
    }

    private String name(InstanceId instance) {
        return "concierge-" + suffix + "-pin-" + Digest.of(key(instance)).hex().substring(0, 24);
    }

    Optional<String> node(InstanceId instance) {
        for (JsonNode pin : list(PIN + "=" + key(instance))) return Optional.of(node(pin));
        return Optional.empty();
    }

    private static String node(JsonNode pin) {
        return pin.at("/Spec/Labels").path(NODE).asString("");
    }

    /** For good; the first one to say so is right. */
    void put(InstanceId instance, String node) {
        Map<String, String> labels = Map.of(
                Labels.INSTALLATION, installation, Labels.STACK, instance.service().stack(), PIN, key(instance), NODE, node);
        var reply = engine.post("/configs/create", Map.of(
                "Name", name(instance), "Labels", labels, "Data", Base64.getEncoder().encodeToString(node.getBytes(java.nio.charset.StandardCharsets.UTF_8))));
        if (reply.status() != 409) reply.orFail("cannot note the node of " + instance);
    }

    /** What to say of a fixed instance that finds no place. */
    String explain(InstanceId instance, String node, Map<String, Member> all) {
        Member member = all.get(node);
        if (member != null) return "; it belongs to node " + member.name() + (member.said().isEmpty() ? "" : ", which is " + member.said());
        return "; it belongs to a node that has left the Swarm (docker config rm " + name(instance) + " gives it up, with its volumes)";
    }

    /** Removes a stack's volumes on this engine, and forgets those nodes; other nodes' are out of reach. */
    VolumeEngine.Removed removeVolumes(String stack) {
        return forget(new Volumes(engine, installation).remove(stack), Labels.STACK + "=" + stack);
    }

    /** The same of all stacks. */
    VolumeEngine.Removed removeAllVolumes() {
        return forget(new Volumes(engine, installation).removeAll(), PIN);
    }

    private VolumeEngine.Removed forget(VolumeEngine.Removed here, String label) {
        if (!here.kept().isEmpty()) return here;
        List<String> kept = new ArrayList<>();
        String own = members.own();
        Map<String, Member> all = members.all();
        for (JsonNode pin : list(label)) {
            Member member = all.get(node(pin));
            if (member != null && !member.id().equals(own)) {
                kept.add("volumes of " + pin.at("/Spec/Labels").path(PIN).asString("") + ": on node " + member.name()
                        + ", which only its own engine can remove (there: docker volume ls -q -f label=" + Labels.STACK + "=" + pin.at("/Spec/Labels").path(Labels.STACK).asString("") + ")");
            } else {
                engine.delete("/configs/" + pin.path("ID").asString(""));
            }
        }
        return new VolumeEngine.Removed(here.removed(), kept);
    }

    private JsonNode list(String label) {
        String filter = Labels.filter(Labels.INSTALLATION + "=" + installation, label);
        return engine.get("/configs?filters=" + filter).orFail("cannot list the configs of the Swarm").json();
    }
}
