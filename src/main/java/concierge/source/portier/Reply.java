package concierge.source.portier;

import concierge.json.Json;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;

/** A status and its body, and what a queue means by them. */
record Reply(int status, String body) {
    /** Enough of a strange answer to recognize it by. */
    private static final int SHOWN = 60;

    Answer understood() {
        return switch (status) {
            case 200 -> success();
            case 403 -> error().contains("identity unknown") ? new Answer.UnknownIdentity() : error().isEmpty() ? strange("") : new Answer.NotOurs();
            case 404 -> error().isEmpty() ? strange("; an identity that is no UUID gets such a page, too") : new Answer.Gone();
            case 423 -> new Answer.Locked();
            default -> strange("");
        };
    }

    private Answer success() {
        try {
            JsonNode json = Json.mapper().readTree(body);
            if (!json.path("success").asBoolean(false)) return strange("");
            return json.has("claims") ? listing(json) : granted(json);
        } catch (JacksonException e) {
            return strange("");
        }
    }

    private Answer listing(JsonNode json) {
        List<String> claims = new ArrayList<>();
        List<Answer.Available> available = new ArrayList<>();
        List<Answer.Available> unsayable = new ArrayList<>();
        boolean whole = json.path("claims").isArray() && json.path("available").isArray();
        for (JsonNode claim : json.path("claims")) {
            String task = claim.path("uuid").asString("");
            // What cannot be read must not be taken for a task that has vanished.
            whole &= !task.isEmpty();
            if (Foreign.isTame(task)) claims.add(task);
            else unsayable.add(new Answer.Available(Foreign.tame(task), ""));
        }
        for (JsonNode one : json.path("available")) {
            String task = one.path("uuid").asString("");
            Answer.Available told = new Answer.Available(Foreign.tame(task), Foreign.tame(one.path("type").asString("")));
            if (Foreign.isTame(task) && !task.isEmpty()) available.add(told);
            else unsayable.add(told);
        }
        return whole ? new Answer.Listing(claims, available, unsayable) : strange("");
    }

    private Answer granted(JsonNode json) {
        String task = json.path("uuid").asString("");
        String type = json.path("type").asString("");
        if (task.isEmpty() || type.isEmpty()) return strange("");
        JsonNode configuration = json.path("configuration");
        return new Answer.Granted(Foreign.tame(task), Foreign.tame(type), configuration.isMissingNode() || configuration.isNull() ? "" : configuration());
    }

    /** As it came, to the letter: reading and writing would make 1.1 of a 1.10, and cut large numbers. */
    private String configuration() {
        String found = "";
        try (JsonParser parser = Json.mapper().createParser(body)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                boolean wanted = parser.currentName().equals("configuration");
                parser.nextToken();
                int from = (int) parser.currentTokenLocation().getCharOffset();
                parser.skipChildren();
                parser.finishToken();
                if (wanted) found = body.substring(from, (int) parser.currentLocation().getCharOffset()).strip();
            }
        }
        return found;
    }

    /** The text of an error answer; empty when it is none of the queue's. */
    private String error() {
        try {
            return Json.mapper().readTree(body).path("error").asString("");
        } catch (JacksonException e) {
            return "";
        }
    }

    private Answer strange(String hint) {
        String text = Foreign.tame(body.strip().replaceAll("\\s+", " "));
        String shown = text.length() > SHOWN ? text.substring(0, text.offsetByCodePoints(0, Math.min(SHOWN, text.codePointCount(0, text.length())))) + "…" : text;
        return new Answer.Unreachable("answered " + status + " " + (shown.isEmpty() ? "with nothing" : "with " + shown) + " (expected: the queue's JSON" + hint + ")");
    }
}
