package concierge.executor.docker;

import concierge.executor.VolumeEngine;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Named volumes of this installation. They are made with their containers, and outlive them. Thread-safe. */
public final class Volumes {
    private final Engine engine;
    private final String installation;

    public Volumes(Engine engine, String installation) {
        this.engine = engine;
        this.installation = installation;
    }

    public VolumeEngine.Removed remove(String stack) {
        return matching(Labels.filter(Labels.INSTALLATION + "=" + installation, Labels.STACK + "=" + stack));
    }

    /** Of whatever stack, also of those that nobody remembers. */
    public VolumeEngine.Removed removeAll() {
        return matching(Labels.filter(Labels.INSTALLATION + "=" + installation));
    }

    private VolumeEngine.Removed matching(String filter) {
        JsonNode found = engine.get("/volumes?filters=" + filter).orFail("cannot list the volumes").json().path("Volumes");
        List<String> removed = new ArrayList<>();
        List<String> kept = new ArrayList<>();
        for (JsonNode volume : found) {
            String name = volume.path("Name").asString("");
            Reply reply = engine.delete("/volumes/" + Engine.encode(name));
            if (reply.ok() || reply.notFound()) removed.add(name);
            else kept.add("volume " + name + ": " + reply.message());
        }
        return new VolumeEngine.Removed(removed, kept);
    }
}
