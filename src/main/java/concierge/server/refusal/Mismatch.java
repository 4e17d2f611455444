package concierge.server.refusal;

import concierge.json.Json;
import java.time.Duration;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.MismatchedInputException;

/** What is wrong with a body, in the words of JSON: a client knows nothing of the types it is read into. */
public final class Mismatch {
    private Mismatch() {}

    public static Refusal refusal(JacksonException e, String text) {
        String hint = "see /v1/openapi.json for what is expected";
        Throwable cause = e.getCause();
        if (cause instanceof IllegalArgumentException) return Refusal.of(Code.badRequest, "body: " + cause.getMessage(), hint);
        try {
            JsonNode body = Json.mapper().readTree(text);
            String message = e instanceof MismatchedInputException mismatch ? told(mismatch, body) : "body: " + e.getOriginalMessage();
            return Refusal.of(Code.badRequest, message, hint);
        } catch (JacksonException none) {
            TokenStreamLocation end = none.getLocation();
            if (end == null) return Refusal.of(Code.badRequest, "body: " + none.getOriginalMessage(), hint);
            return Refusal.of(Code.badRequest, "body: no JSON from line " + end.getLineNr() + ", column " + end.getColumnNr() + " on", hint);
        }
    }

    private static String told(MismatchedInputException mismatch, JsonNode body) {
        JsonNode found = body;
        StringBuilder path = new StringBuilder();
        for (JacksonException.Reference step : mismatch.getPath()) {
            boolean named = step.getPropertyName() != null;
            if (named) path.append(path.isEmpty() ? "" : ".").append(step.getPropertyName());
            else path.append('[').append(step.getIndex()).append(']');
            found = named ? found.path(step.getPropertyName()) : found.path(step.getIndex());
        }
        String where = path.isEmpty() ? "body" : path.toString();
        return where + ": " + kind(found) + " (expected: " + expected(mismatch.getTargetType()) + ")";
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT, POJO -> "an object";
            case ARRAY -> "a list";
            case STRING, BINARY -> "a text";
            case NUMBER -> "the number " + node;
            case BOOLEAN, NULL, MISSING -> node.getNodeType().name().equals("BOOLEAN") ? node.toString() : node.getNodeType().name().toLowerCase(Locale.ROOT);
        };
    }

    private static String expected(Class<?> type) {
        if (type == null) return "another type";
        if (Collection.class.isAssignableFrom(type)) return "a list";
        if (type == String.class) return "a text";
        if (type == boolean.class || type == Boolean.class) return "true or false";
        if (type == int.class || type == Integer.class || type == long.class || type == Long.class) return "a whole number";
        if (type == Duration.class) return "a duration, as PT10M";
        return Map.class.isAssignableFrom(type) || type.isRecord() ? "an object" : "another type";
    }
}
