package concierge.cli.client;

import concierge.json.JsonTree;
import concierge.json.MalformedJsonException;
import concierge.model.Location;
import concierge.model.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads problem JSON (RFC 9457) as the API writes it. */
public final class Problems {
    private Problems() {}

    /** Whether the server knows nothing of that name. */
    public static boolean isNotFound(Failure failure) {
        return failure.problems().stream().anyMatch(problem -> problem.code().equals("not-found"));
    }

    /** Of an answer that is no success; whatever its body is, at least one problem comes out. */
    static List<Problem> of(int status, String body) {
        try {
            JsonTree node = JsonTree.read(body);
            if (node.isObject()) return of(node);
        } catch (MalformedJsonException e) {
            // Not ours: a proxy's page, a half answer. The status says as much as there is.
        }
        String text = body.strip();
        String shown = text.isEmpty() || text.length() > 200 ? "" : ": " + text;
        return List.of(Problem.of("internal", "the server answered " + status + shown, ""));
    }

    public static List<Problem> of(JsonTree problem) {
        List<Problem> found = new ArrayList<>();
        for (JsonTree inner : problem.path("problems").values()) found.add(one(inner, "message"));
        if (found.isEmpty()) found.add(one(problem, "title"));
        return found;
    }

    /** A single problem or warning, whose text stands in {@code message}; a detail of several lines makes lines of its own. */
    public static Problem one(JsonTree node, String message) {
        String text = node.path(message).asString("");
        String detail = node.path("detail").asString("");
        if (text.isEmpty()) text = detail.isEmpty() ? "failed" : detail;
        else if (!detail.isEmpty() && !text.contains(detail)) text = text + (detail.contains("\n") ? "\n" : ": ") + detail;
        return new Problem(node.path("code").asString("internal"), text, node.path("hint").asString(""), location(node.path("location")));
    }

    private static Optional<Location> location(JsonTree node) {
        if (!node.isObject()) return Optional.empty();
        return Optional.of(new Location(node.path("file").asString(""), node.path("line").asInt(0), node.path("column").asInt(0)));
    }
}
