package concierge.source.portier;

import concierge.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Calls a queue: blocking, thread-safe. Whatever comes back, be it slow, cut off, endless or not JSON, becomes an {@link
 * Answer} within {@link #LIMIT}.
 */
final class PortierClient implements AutoCloseable {
    /** From the call to the last byte of its answer: a queue that needs longer is of no use at a beat of seconds. */
    static final Duration LIMIT = Duration.ofSeconds(5);

    /** A hundred thousand available tasks have room; more is no answer of a queue. */
    static final int MAX_BYTES = 16 << 20;

    /** Enough of a strange answer to recognize it by. */
    private static final int SHOWN = 60;

    private final URI endpoint;
    private final Duration limit;
    private final HttpClient http;

    /** @param endpoint {@code http://portier:8080}, a path below it included */
    PortierClient(String endpoint) {
        this(endpoint, LIMIT);
    }

    /** @param limit from the call to the last byte of its answer */
    PortierClient(String endpoint, Duration limit) {
        this.limit = limit;
        this.http = HttpClient.newBuilder().connectTimeout(limit).version(HttpClient.Version.HTTP_1_1).build();
        this.endpoint = URI.create(endpoint.replaceFirst("/+$", ""));
        String scheme = String.valueOf(this.endpoint.getScheme());
        if (this.endpoint.getHost() == null || !scheme.equals("http") && !scheme.equals("https")) {
            throw new IllegalArgumentException("portier.endpoint: " + endpoint + " (expected: http://host:port)");
        }
    }

    Answer heartbeat(String identity) {
        return listing(call(identity, "heartbeat"));
    }

    /** Of an answer to a heartbeat. */
    static Answer listing(Answer answer) {
        return switch (answer) {
            case Answer.Listing _, Answer.UnknownIdentity _, Answer.Unreachable _ -> answer;
            case Answer.Granted _, Answer.Locked _, Answer.Gone _, Answer.NotOurs _ -> new Answer.Unreachable("answered a heartbeat with " + answer);
        };
    }

    Answer claim(String identity, String task) {
        return grant(task, call(identity, "claim/" + segment(task)));
    }

    /** Of an answer to a claim. */
    static Answer grant(String task, Answer answer) {
        // Asked for one task, and answered about another or without what it is to do.
        boolean fits = !(answer instanceof Answer.Listing) && !(answer instanceof Answer.Granted(String granted, _, String configuration) && (!granted.equals(task) || configuration.isEmpty()));
        return fits ? answer : new Answer.Unreachable("answered a claim of " + task + " with " + answer.getClass().getSimpleName());
    }

    Answer release(String identity, String task) {
        return call(identity, "release/" + segment(task));
    }

    private static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** A status and its body. */
    record Reply(int status, String body) {}

    private Answer call(String identity, String action) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(endpoint + "/concierge/api/" + segment(identity) + "/" + action))
                .timeout(limit)
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        // The request's own limit ends with the answer's head; this one holds for all of it.
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        Thread thread = Thread.ofVirtual().name("portier call").start(() -> {
            try {
                HttpResponse<InputStream> response = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
                try (InputStream body = response.body()) {
                    byte[] bytes = body.readNBytes(MAX_BYTES + 1);
                    if (bytes.length > MAX_BYTES) throw new IOException("an answer of more than " + MAX_BYTES + " bytes");
                    reply.complete(new Reply(response.statusCode(), new String(bytes, StandardCharsets.UTF_8)));
                }
            } catch (IOException | InterruptedException | RuntimeException e) {
                reply.completeExceptionally(e);
            }
        });
        try {
            return understood(reply.get(limit.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            thread.interrupt();
            return new Answer.Unreachable(late());
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
            return new Answer.Unreachable("interrupted");
        } catch (ExecutionException e) {
            return new Answer.Unreachable(reason(e.getCause()));
        }
    }

    private String late() {
        return "no answer within " + limit.toSeconds() + " s";
    }

    private String reason(@Nullable Throwable cause) {
        return switch (cause) {
            case null -> "unknown";
            case HttpTimeoutException _ -> late();
            case ConnectException e -> e.getMessage() == null ? "no connection" : e.getMessage();
            case Throwable e -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }

    static Answer understood(Reply reply) {
        return switch (reply.status()) {
            case 200 -> success(reply.body());
            case 403 -> error(reply.body()).contains("identity unknown") ? new Answer.UnknownIdentity()
                    : error(reply.body()).isEmpty() ? strange(reply) : new Answer.NotOurs();
            case 404 -> error(reply.body()).isEmpty() ? strange(reply, "; an identity that is no UUID gets such a page, too") : new Answer.Gone();
            case 423 -> new Answer.Locked();
            default -> strange(reply);
        };
    }

    private static Answer success(String body) {
        try {
            JsonNode json = Json.mapper().readTree(body);
            if (!json.path("success").asBoolean(false)) return strange(new Reply(200, body));
            if (!json.has("claims")) return granted(json, body);
            List<String> claims = new ArrayList<>();
            for (JsonNode claim : json.path("claims")) claims.add(claim.path("uuid").asString(""));
            List<Answer.Available> available = new ArrayList<>();
            for (JsonNode task : json.path("available")) available.add(new Answer.Available(task.path("uuid").asString(""), task.path("type").asString("")));
            // What cannot be read must not be taken for a task that has vanished.
            boolean whole = json.path("claims").isArray() && json.path("available").isArray() && !claims.contains("");
            return whole ? new Answer.Listing(claims, available.stream().filter(task -> !task.task().isEmpty()).toList()) : strange(new Reply(200, body));
        } catch (JacksonException e) {
            return strange(new Reply(200, body));
        }
    }

    private static Answer granted(JsonNode json, String body) {
        String task = json.path("uuid").asString("");
        String type = json.path("type").asString("");
        if (task.isEmpty() || type.isEmpty()) return strange(new Reply(200, body));
        JsonNode configuration = json.path("configuration");
        return new Answer.Granted(task, type, configuration.isMissingNode() ? "" : configuration.toString());
    }

    /** The text of an error answer; empty when it is none of the queue's. */
    private static String error(String body) {
        try {
            return Json.mapper().readTree(body).path("error").asString("");
        } catch (JacksonException e) {
            return "";
        }
    }

    private static Answer strange(Reply reply) {
        return strange(reply, "");
    }

    private static Answer strange(Reply reply, String hint) {
        String text = reply.body().strip().replaceAll("\\s+", " ");
        String shown = text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text;
        return new Answer.Unreachable("answered " + reply.status() + " " + (shown.isEmpty() ? "with nothing" : "with " + shown) + " (expected: the queue's JSON" + hint + ")");
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
