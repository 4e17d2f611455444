package concierge.server.answer;

import concierge.json.Json;
import concierge.server.records.Listing;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import concierge.state.Keys;
import concierge.store.Entry;
import concierge.store.Store;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The whole state as one object, nested by the keys' parts. Specifications and stored environments are
 * left out: they hold values that not everybody on the machine may read.
 */
final class Info {
    /** A larger state is for programs that page; this is for looking. */
    private static final int MOST_KEYS = 200_000;

    private static final List<String> SHOWN = List.of(
            Keys.HOST, Keys.CORDON, Keys.PROC, Keys.RUN, Keys.DEPLOY, Keys.PORTS, Keys.COUNTER, Keys.FIXED, Keys.IMAGES, Keys.STACKS,
            Keys.DEPLOYMENTS, Keys.STATUS, Keys.PENDING);

    private final Store store;
    private int keys;

    Info(Store store) {
        this.store = store;
    }

    ObjectNode read() {
        ObjectNode root = Json.mapper().createObjectNode();
        root.put("leader", store.find(Keys.LEADER).map(entry -> entry.value().text()).orElse(""));
        for (String prefix : SHOWN) {
            ObjectNode node = root.putObject(prefix.substring(1, prefix.length() - 1));
            for (Entry entry : Listing.all(store, prefix)) {
                if (++keys > MOST_KEYS) {
                    throw Refusal.of(Code.tooLarge, "the state has more than " + MOST_KEYS + " keys", "ask for parts: /v1/ps, /v1/stacks, /v1/hosts");
                }
                put(node, entry.key().substring(prefix.length()).split("/"), value(entry.value().text()));
            }
        }
        return root;
    }

    private static void put(ObjectNode node, String[] parts, JsonNode value) {
        ObjectNode at = node;
        for (int i = 0; i < parts.length - 1; i++) {
            JsonNode next = at.get(parts[i]);
            at = next instanceof ObjectNode object ? object : at.putObject(parts[i]);
        }
        at.set(parts[parts.length - 1], value);
    }

    /** Records as objects, all else as the plain text it is. */
    private static JsonNode value(String text) {
        if (text.startsWith("{")) {
            try {
                return Json.mapper().readTree(text);
            } catch (JacksonException e) {
                return Json.mapper().valueToTree(Map.of("malformed", text));
            }
        }
        return Json.mapper().valueToTree(text);
    }
}
