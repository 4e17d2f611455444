package concierge.executor.swarm;

import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.docker.Engine;
import concierge.executor.docker.Labels;
import concierge.executor.docker.Reply;
import concierge.model.Names;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** One overlay network a stack, over all nodes; its addresses are Swarm's choice. Thread-safe. */
final class OverlayNetworks {
    private static final Logger LOG = LoggerFactory.getLogger(OverlayNetworks.class);

    private final Engine engine;
    private final String installation;
    private final String suffix;

    OverlayNetworks(Engine engine, String installation, String suffix) {
        this.engine = engine;
        this.installation = installation;
        this.suffix = suffix;
    }

    /** Beside the bridge that the stack may have on this engine. */
    String name(String stack) {
        return Names.dns(stack) + "-" + suffix + "-swarm";
    }

    /** Makes the stack's network if it is not there; its name. One at a time: engines allow two of one name. */
    synchronized String ensure(String stack) {
        String name = name(stack);
        Reply found = engine.get("/networks/" + Engine.encode(name));
        if (found.ok()) {
            if (!found.json().path("Labels").path(Labels.INSTALLATION).asString("").equals(installation)) {
                throw new ExecutorException(
                        Kind.conflict, "network " + name + ": is there and not ours (expected: no network of that name; remove or rename it)");
            }
            return name;
        }
        Reply made = engine.post("/networks/create", Map.of(
                "Name", name, "CheckDuplicate", true, "Driver", "overlay", "Labels", Map.of(Labels.INSTALLATION, installation, Labels.STACK, stack)));
        if (made.status() != 409) made.orFail("cannot make the network " + name);
        return name;
    }

    /** Removes the networks of this installation that a removed service joined, unless another one of ours is in them. */
    synchronized void release(Services.Known removed, List<Services.Known> others) {
        for (JsonNode network : removed.spec().at("/TaskTemplate/Networks")) {
            String id = network.path("Target").asString("");
            boolean used = others.stream().anyMatch(other -> joins(other, id));
            if (used || !isOurs(id)) continue;
            Reply reply = engine.delete("/networks/" + Engine.encode(id));
            if (!reply.ok()) LOG.debug("kept a network in use network={} because={}", id, reply.message());
        }
    }

    private static boolean joins(Services.Known service, String network) {
        for (JsonNode joined : service.spec().at("/TaskTemplate/Networks")) if (joined.path("Target").asString("").equals(network)) return true;
        return false;
    }

    private boolean isOurs(String id) {
        Reply found = engine.get("/networks/" + Engine.encode(id));
        return found.ok() && found.json().path("Labels").path(Labels.INSTALLATION).asString("").equals(installation);
    }
}
