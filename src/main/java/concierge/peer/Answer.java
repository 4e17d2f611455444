package concierge.peer;

import concierge.executor.ExecutorException;
import concierge.json.Json;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** The control messages of an answer, written and read. */
final class Answer {
    private Answer() {}

    static void give(Link link, Object value) throws IOException {
        write(link, Map.of("answer", value));
    }

    static void end(Link link) throws IOException {
        end(link, Map.of());
    }

    static void end(Link link, Map<String, Object> facts) throws IOException {
        Map<String, Object> all = new TreeMap<>(facts);
        all.put("end", true);
        write(link, all);
    }

    static void refuse(Link link, ExecutorException.Kind kind, String message) throws IOException {
        write(link, Map.of("refused", Map.of("kind", kind.name(), "message", message)));
    }

    static void write(Link link, Object value) throws IOException {
        byte[] bytes = Json.mapper().writeValueAsBytes(value);
        link.send(Channels.CONTROL, bytes, bytes.length);
    }

    /** What a control message says. */
    static JsonNode read(byte[] content) throws IOException {
        try {
            return Json.mapper().readTree(content);
        } catch (JacksonException e) {
            throw new IOException("it said what is no JSON: " + e.getOriginalMessage(), e);
        }
    }

    /**
     * @param peer for messages: {@code host one}
     * @throws ExecutorException when the message is a refusal
     */
    static void requireGranted(JsonNode message, String peer) {
        JsonNode refused = message.path("refused");
        if (refused.isMissingNode()) return;
        throw new ExecutorException(kind(refused.path("kind").asString("")), refused.path("message").asString("refused") + " (on " + peer + ")");
    }

    /** A newer program may know more kinds. */
    private static ExecutorException.Kind kind(String name) {
        for (ExecutorException.Kind kind : ExecutorException.Kind.values()) if (kind.name().equals(name)) return kind;
        return ExecutorException.Kind.other;
    }
}
