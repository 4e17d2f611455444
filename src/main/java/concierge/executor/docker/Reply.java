package concierge.executor.docker;

import concierge.json.Json;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** An engine's whole answer: status and body, refusals included. */
public record Reply(int status, byte[] body) {
    public boolean ok() {
        return status < 400;
    }

    public boolean notFound() {
        return status == 404;
    }

    public JsonNode json() {
        return Json.mapper().readTree(body);
    }

    /** What a refusal says: the engine's {@code message}, or its bare text. */
    public String message() {
        String text = new String(body, StandardCharsets.UTF_8).strip();
        try {
            JsonNode message = Json.mapper().readTree(text).path("message");
            return message.isString() ? message.asString() : text;
        } catch (JacksonException _) {
            return text;
        }
    }

    public boolean says(String fragment) {
        return message().contains(fragment);
    }

    /** This reply, or the refusal as an {@link concierge.executor.ExecutorException}. */
    public Reply orFail(String doing) {
        if (!ok()) throw Refusals.of(doing, this);
        return this;
    }
}
