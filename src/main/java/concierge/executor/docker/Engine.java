package concierge.executor.docker;

import com.github.dockerjava.httpclient5.ApacheDockerHttpClient;
import com.github.dockerjava.transport.DockerHttpClient;
import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Calls one engine's API: JSON in and out, each call bounded, in the newest version that both sides speak.
 * Thread-safe. Connections are used once: a pooled one that a restarted engine has closed fails the next
 * call that changes something, which must not be repeated blindly, and a new one costs 0.1 ms.
 */
public final class Engine implements AutoCloseable {
    /** A loaded engine takes seconds to create a container; one that takes longer than this hangs. */
    public static final Duration CALL_LIMIT = Duration.ofSeconds(30);

    /** For the question whether it is there at all. */
    public static final Duration PING_LIMIT = Duration.ofSeconds(5);

    /** Docker 20.10. */
    static final String OLDEST = "1.41";

    /** The newest version whose changes were looked through. */
    static final String NEWEST = "1.51";

    /** A description of 10,000 containers; more is no answer that we asked for. */
    private static final int ANSWER_LIMIT = 64 << 20;

    /** Followed logs and execs each hold one. */
    private static final int CONNECTIONS = 1024;

    private final EngineAddress address;
    private @Nullable DockerHttpClient http;
    private volatile @Nullable String version;

    public Engine(EngineAddress address) {
        this.address = address;
    }

    public EngineAddress address() {
        return address;
    }

    /** An open answer whose body is read as it comes; closing it ends the call. */
    public record Open(int status, InputStream body, DockerHttpClient.Response response) implements AutoCloseable {
        @Override
        public void close() {
            response.close();
        }

        public Reply refusal() {
            try {
                return new Reply(status, body.readNBytes(ANSWER_LIMIT));
            } catch (IOException e) {
                throw new UncheckedIOException("the engine broke off its answer", e);
            }
        }
    }

    public Reply get(String path) {
        return call("GET", path, null, CALL_LIMIT);
    }

    public Reply post(String path) {
        return call("POST", path, null, CALL_LIMIT);
    }

    public Reply post(String path, Object body) {
        return call("POST", path, body, CALL_LIMIT);
    }

    /** With further headers. */
    public Reply post(String path, Object body, Map<String, String> headers) {
        return exchange("POST", "/v" + version() + path, body, headers, CALL_LIMIT);
    }

    public Reply delete(String path) {
        return call("DELETE", path, null, CALL_LIMIT);
    }

    /** One call of the negotiated version; refusals are replies, silence and breaks are {@code unavailable}. */
    public Reply call(String method, String path, @Nullable Object body, Duration limit) {
        Reply reply = exchange(method, "/v" + version() + path, body, limit);
        if (reply.status() == 400 && reply.says("client version")) {
            // the engine was replaced by one that speaks other versions
            version = null;
            reply = exchange(method, "/v" + version() + path, body, limit);
        }
        return reply;
    }

    /** Whatever the engine says of itself; not versioned, so it works with every engine. */
    public JsonNode describe() {
        Reply reply = exchange("GET", "/version", null, PING_LIMIT).orFail("cannot ask the engine for its version");
        try {
            return reply.json();
        } catch (JacksonException e) {
            throw new ExecutorException(Kind.unavailable, "no Docker engine answers at " + address + " (expected: JSON from /version)", e);
        }
    }

    boolean answers(Duration limit) {
        try {
            return exchange("GET", "/_ping", null, limit).status() == 200;
        } catch (ExecutorException e) {
            return false;
        }
    }

    /** The version that calls use: {@code 1.41}. */
    public String version() {
        String known = version;
        if (known != null) return known;
        String chosen = negotiate(describe());
        version = chosen;
        return chosen;
    }

    public boolean speaks(String wanted) {
        return compare(version(), wanted) >= 0;
    }

    public static String negotiate(JsonNode description) {
        String newest = description.path("ApiVersion").asString("");
        if (newest.isEmpty() || compare(newest, OLDEST) < 0) {
            throw new ExecutorException(Kind.refused, "engine API version: " + newest + " (expected: " + OLDEST
                    + " or newer, which Docker 20.10 brought; update the engine)");
        }
        String oldest = description.path("MinAPIVersion").asString(OLDEST);
        String chosen = compare(newest, NEWEST) > 0 ? NEWEST : newest;
        return compare(oldest, chosen) > 0 ? oldest : chosen;
    }

    static int compare(String a, String b) {
        String[] left = a.split("\\.");
        String[] right = b.split("\\.");
        int byMajor = Integer.compare(Integer.parseInt(left[0]), Integer.parseInt(right[0]));
        return byMajor != 0 ? byMajor : Integer.compare(Integer.parseInt(left[1]), Integer.parseInt(right[1]));
    }

    /** The answer as it comes, with no time limit: call it within {@link #within}, or from a thread of one's own. */
    public Open open(String method, String path, Map<String, String> headers, @Nullable InputStream body) {
        DockerHttpClient.Request.Builder request = DockerHttpClient.Request.builder()
                .method(DockerHttpClient.Request.Method.valueOf(method))
                .path("/v" + version() + path);
        headers.forEach(request::putHeader);
        request.putHeader("Connection", "close");
        if (body != null) request.body(body);
        DockerHttpClient.Response response = http().execute(request.build());
        return new Open(response.getStatusCode(), response.getBody(), response);
    }

    /** Runs I/O with this engine on a thread of its own; what breaks or lasts too long is {@code unavailable}. */
    public <T> T within(Duration limit, String doing, Callable<T> work) {
        try {
            return Deadline.call(limit, work);
        } catch (TimeoutException e) {
            throw new ExecutorException(
                    Kind.unavailable, "Docker did not answer `" + doing + "` within " + limit.toSeconds() + " s at " + address, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ExecutorException(Kind.unavailable, "interrupted while waiting for `" + doing + "`", e);
        } catch (ExecutionException e) {
            throw failure(java.util.Objects.requireNonNullElse(e.getCause(), e));
        }
    }

    /** As the contract has it: known failures as they are, broken I/O as {@code unavailable}, bugs as bugs. */
    RuntimeException failure(Throwable cause) {
        for (@Nullable Throwable e = cause; e != null; e = e.getCause()) {
            if (e instanceof IOException) {
                String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
                String shown = e instanceof ConnectException
                        ? ""
                        : address.certificates().map(given -> " (with the certificates " + given + "; an engine that refuses them hangs up)").orElse("");
                return new ExecutorException(Kind.unavailable, "Docker does not answer at " + address + ": " + why + shown, cause);
            }
        }
        if (cause instanceof RuntimeException known) return known;
        if (cause instanceof Error error) throw error;
        return new IllegalStateException(cause);
    }

    public static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Made when it is first needed: certificates that are missing may come. */
    private synchronized DockerHttpClient http() {
        DockerHttpClient made = http;
        if (made != null) return made;
        ApacheDockerHttpClient.Builder builder = new ApacheDockerHttpClient.Builder()
                .dockerHost(address.uri())
                .maxConnections(CONNECTIONS)
                .connectionTimeout(PING_LIMIT);
        if (address.certificates().isPresent()) {
            SSLContext context = address.certificates().get().context();
            builder.sslConfig(() -> context);
        }
        made = builder.build();
        http = made;
        return made;
    }

    @Override
    public synchronized void close() {
        try {
            if (http != null) http.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close the connections to " + address, e);
        }
    }

    private Reply exchange(String method, String path, @Nullable Object body, Duration limit) {
        return exchange(method, path, body, Map.of(), limit);
    }

    private Reply exchange(String method, String path, @Nullable Object body, Map<String, String> headers, Duration limit) {
        DockerHttpClient.Request.Builder request = DockerHttpClient.Request.builder()
                .method(DockerHttpClient.Request.Method.valueOf(method))
                .path(path)
                .putHeader("Connection", "close");
        headers.forEach(request::putHeader);
        if (body != null) {
            request.putHeader("Content-Type", "application/json").bodyBytes(Json.write(body).getBytes(StandardCharsets.UTF_8));
        }
        return within(limit, method + " " + path.replaceFirst("\\?.*", ""), () -> {
            try (DockerHttpClient.Response response = http().execute(request.build())) {
                return new Reply(response.getStatusCode(), response.getBody().readNBytes(ANSWER_LIMIT));
            }
        });
    }
}
