package concierge.source.portier;

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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Calls a queue: blocking, thread-safe. Whatever comes back, be it slow, cut off, endless or not JSON, becomes an {@link
 * Answer} within {@link #LIMIT}.
 */
final class PortierClient implements AutoCloseable {
    /** From the call to the last byte of its answer: a queue that needs longer is of no use at a beat of seconds. */
    static final Duration LIMIT = Duration.ofSeconds(5);

    /** A hundred thousand available tasks have room; more is no answer of a queue. */
    static final int MAX_BYTES = 16 << 20;

    private final URI endpoint;
    private final String agent;
    private final Duration limit;
    private final HttpClient http;

    /**
     * @param endpoint {@code http://portier:8080}, a path below it included
     * @param agent who calls, {@code concierge/1.2 (<the installation's id>)}: of two that use one identity the queue can tell that they are
     */
    PortierClient(String endpoint, String agent) {
        this(endpoint, agent, LIMIT);
    }

    /** @param limit from the call to the last byte of its answer */
    PortierClient(String endpoint, String agent, Duration limit) {
        this.agent = agent;
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
            case Answer.Granted _, Answer.Locked _, Answer.Gone _, Answer.NotOurs _ -> new Answer.Unreachable("answered a heartbeat with " + word(answer));
        };
    }

    Answer claim(String identity, String task) {
        return grant(task, call(identity, "claim/" + segment(task)));
    }

    /** Of an answer to a claim. */
    static Answer grant(String task, Answer answer) {
        // Asked for one task, and answered about another or without what it is to do.
        boolean fits = !(answer instanceof Answer.Listing) && !(answer instanceof Answer.Granted(String granted, _, String configuration) && (!granted.equals(task) || configuration.isEmpty()));
        return fits ? answer : new Answer.Unreachable("answered the claim with " + word(answer));
    }

    /** What a queue has said that was not asked. */
    private static String word(Answer answer) {
        return switch (answer) {
            case Answer.Listing _ -> "a listing";
            case Answer.Granted(_, _, String configuration) -> configuration.isEmpty() ? "no configuration" : "another task";
            case Answer.Locked _ -> "423, as if it were a claim";
            case Answer.Gone _ -> "404, as if it were about a task";
            case Answer.NotOurs _ -> "403, and not because of the identity";
            case Answer.UnknownIdentity _, Answer.Unreachable _ -> throw new IllegalStateException("always fits: " + answer);
        };
    }

    Answer release(String identity, String task) {
        return call(identity, "release/" + segment(task));
    }

    private static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private Answer call(String identity, String action) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(endpoint + "/concierge/api/" + segment(identity) + "/" + action))
                .timeout(limit)
                .header("User-Agent", agent)
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
            return reply.get(limit.toMillis(), TimeUnit.MILLISECONDS).understood();
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
            case Throwable e -> e.getMessage() == null ? e.getClass().getSimpleName() : Foreign.tame(e.getMessage());
        };
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
