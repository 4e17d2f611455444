package concierge.executor.docker;

import concierge.json.Json;
import concierge.model.InstanceId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** The labels by which an installation knows its own things on an engine. */
public final class Labels {
    public static final String INSTALLATION = "concierge.installation";
    public static final String INSTANCE = "concierge.instance";
    public static final String GENERATION = "concierge.generation";
    public static final String DIGEST = "concierge.digest";
    public static final String STACK = "concierge.stack";

    private Labels() {}

    /** A {@code filters} parameter that keeps only things with all these labels. */
    public static String filter(String... labels) {
        return Engine.encode(Json.write(Map.of("label", List.of(labels))));
    }

    /** The instance that something belongs to; empty: it is not of that installation, or no instance's. */
    public static Optional<InstanceId> instance(JsonNode labels, String installation) {
        if (!labels.path(INSTALLATION).asString("").equals(installation)) return Optional.empty();
        String path = labels.path(INSTANCE).asString("");
        return path.isEmpty() ? Optional.empty() : Optional.of(InstanceId.parse(path));
    }
}
