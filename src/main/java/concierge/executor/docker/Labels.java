package concierge.executor.docker;

import concierge.json.Json;
import concierge.model.InstanceId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** The labels by which an installation knows its own things on an engine. */
final class Labels {
    static final String INSTALLATION = "concierge.installation";
    static final String INSTANCE = "concierge.instance";
    static final String GENERATION = "concierge.generation";
    static final String DIGEST = "concierge.digest";
    static final String STACK = "concierge.stack";

    private Labels() {}

    /** A {@code filters} parameter that keeps only things with all these labels. */
    static String filter(String... labels) {
        return Engine.encode(Json.write(Map.of("label", List.of(labels))));
    }

    /** The instance that something belongs to; empty: it is not of that installation, or no instance's. */
    static Optional<InstanceId> instance(JsonNode labels, String installation) {
        if (!labels.path(INSTALLATION).asString("").equals(installation)) return Optional.empty();
        String path = labels.path(INSTANCE).asString("");
        return path.isEmpty() ? Optional.empty() : Optional.of(InstanceId.parse(path));
    }
}
