package concierge.bench;

import concierge.json.Json;
import concierge.testing.RawDocker;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** A Swarm service without virtual addresses, the least that a Swarm can do, spoken to through any manager. */
record SwarmService(String id) {
    static final String NAME = "swarm";

    static SwarmService create(RawDocker manager, List<String> command) {
        manager.post("/networks/create", Map.of("Name", NAME, "Driver", "overlay")).ok();
        Map<String, Object> specification = Map.of(
                "Name", NAME,
                "TaskTemplate", Map.of(
                        "ContainerSpec", Map.of("Image", "busybox:stable", "Command", command),
                        "Networks", List.of(Map.of("Target", NAME))),
                "Mode", Map.of("Replicated", Map.of("Replicas", 0)),
                "EndpointSpec", Map.of("Mode", "dnsrr"));
        return new SwarmService(manager.post("/services/create", specification).ok().json().get("ID").asString());
    }

    void scale(RawDocker manager, int replicas) {
        tryScale(manager, replicas).ok();
    }

    /** The answer may be a refusal, as while nobody leads. */
    RawDocker.Reply tryScale(RawDocker manager, int replicas) {
        RawDocker.Reply found = manager.get("/services/" + id);
        if (found.status() != 200) return found;
        ObjectNode specification = (ObjectNode) found.json().get("Spec");
        ((ObjectNode) specification.get("Mode").get("Replicated")).put("Replicas", replicas);
        String path = "/services/" + id + "/update?version=" + found.json().get("Version").get("Index").asLong();
        return manager.call("POST", path, Json.write(specification).getBytes(java.nio.charset.StandardCharsets.UTF_8), "application/json");
    }

    void remove(RawDocker manager) {
        manager.delete("/services/" + id).ok();
    }
}
