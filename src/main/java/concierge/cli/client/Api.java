package concierge.cli.client;

import concierge.config.Home;
import concierge.json.Json;
import concierge.json.JsonTree;
import concierge.json.MalformedJsonException;
import concierge.model.Problem;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The API of one server. What it refuses becomes a {@link Failure} with its problems; a server that goes
 * away becomes one too. Holds nothing but addresses; safe for several threads.
 */
public final class Api {
    /** Answers may take as long as what they wait for ({@code down} waits for instances to stop). */
    private static final Duration FOR_EVER = Duration.ZERO;

    private static final Http.Body NOTHING = Http.Body.of("");
    private static final Map<String, String> JSON = Map.of();
    private static final Map<String, String> BYTES = Map.of("Content-Type", "application/octet-stream");

    private final Http http;
    private final URI base;
    private final Path token;
    private final Optional<Contexts.Entry> elsewhere;
    private volatile Optional<Instant> asOf = Optional.empty();

    Api(URI base, Home home) {
        this.base = base;
        this.http = new Http(base);
        this.token = home.token();
        this.elsewhere = Optional.empty();
    }

    Api(Contexts.Entry elsewhere) {
        this.base = elsewhere.url();
        this.http = new Http(base, Optional.of(Tls.trusting(elsewhere.certificate())));
        this.token = Path.of("");
        this.elsewhere = Optional.of(elsewhere);
    }

    public URI base() {
        return base;
    }

    /** From when the last answer is, where the server's store does not answer; empty: it was so just then. */
    public Optional<Instant> asOf() {
        return asOf;
    }

    public JsonTree read(String path) {
        return json("GET", path, NOTHING, JSON);
    }

    public JsonTree post(String path, Object value) {
        return json("POST", path, Http.Body.of(Json.write(value)), JSON);
    }

    public JsonTree put(String path, Object value) {
        return json("PUT", path, Http.Body.of(Json.write(value)), JSON);
    }

    /** Bytes as they are. */
    public JsonTree put(String path, byte[] value) {
        return json("PUT", path, Http.Body.of(value), BYTES);
    }

    public JsonTree delete(String path) {
        return json("DELETE", path, NOTHING, JSON);
    }

    public boolean has(String path) {
        try (Http.Response response = raw("HEAD", path, NOTHING, Map.of())) {
            if (response.status() == 404) return false;
            if (response.status() / 100 == 2) return true;
            throw refused(response, "");
        } catch (IOException e) {
            throw gone(e);
        }
    }

    public void upload(String path, Http.Body body) {
        try (Http.Response response = raw("PUT", path, body, BYTES)) {
            if (response.status() / 100 != 2) throw refused(response, response.text());
        } catch (IOException e) {
            throw gone(e);
        }
    }

    public EventStream follow(String path) {
        return stream("GET", path, NOTHING);
    }

    public EventStream follow(String path, Object body) {
        return stream("POST", path, Http.Body.of(Json.write(body)));
    }

    /** Opens a WebSocket; a refusal comes as a problem. */
    public WebSocket open(String path) {
        try {
            Http.Response response = raw("GET", path, NOTHING, WebSocket.HANDSHAKE);
            if (response.status() == 101) return new WebSocket(response);
            try (response) {
                throw refused(response, response.text());
            }
        } catch (IOException e) {
            throw gone(e);
        }
    }

    private JsonTree json(String method, String path, Http.Body body, Map<String, String> headers) {
        try (Http.Response response = raw(method, path, body, headers)) {
            String text = response.text();
            if (response.status() / 100 != 2) throw refused(response, text);
            return text.isBlank() ? JsonTree.missing() : JsonTree.read(text);
        } catch (IOException e) {
            throw gone(e);
        } catch (MalformedJsonException e) {
            throw new Failure(Exit.FAILED, "the server's answer to " + path + " is no JSON", "is another program at " + base + "?");
        }
    }

    private EventStream stream(String method, String path, Http.Body body) {
        try {
            Http.Response response = raw(method, path, body, Map.of("Accept", "text/event-stream"));
            if (response.status() / 100 == 2) return new EventStream(response, method.equals("GET"));
            try (response) {
                throw refused(response, response.text());
            }
        } catch (IOException e) {
            throw gone(e);
        }
    }

    private Http.Response raw(String method, String path, Http.Body body, Map<String, String> headers) throws IOException {
        Map<String, String> all = new LinkedHashMap<>(headers);
        if (body.length() > 0) all.putIfAbsent("Content-Type", "application/json");
        if (elsewhere.isPresent()) all.put("Authorization", "Bearer " + elsewhere.get().token());
        else if (Files.isReadable(token)) all.put("Authorization", "Bearer " + Files.readString(token).strip());
        Http.Response response = http.send(method, path, all, body, FOR_EVER);
        asOf = Optional.ofNullable(response.headers().get("concierge-as-of")).flatMap(Api::instant);
        return response;
    }

    private static Optional<Instant> instant(String text) {
        try {
            return Optional.of(Instant.parse(text));
        } catch (DateTimeParseException _) {
            return Optional.empty(); // another program between us and the server, perhaps
        }
    }

    private Failure refused(Http.Response response, String body) {
        if (response.status() == 401) return new Failure(Exit.REFUSED, List.of(elsewhere.isPresent() ? unauthorized(elsewhere.get(), body) : unauthorized()));
        return new Failure(Exit.REFUSED, Problems.of(response.status(), body));
    }

    private static Problem unauthorized(Contexts.Entry context, String body) {
        String said = Problems.of(401, body).getFirst().message();
        return Problem.of("unauthorized", context.url() + ": " + said, "have a token made there, concierge token create NAME --role deploy, and then: concierge login "
                + context.url() + " --name " + context.name());
    }

    /** Who types commands sends no headers: what is wrong is the file. */
    private Problem unauthorized() {
        if (!Files.isReadable(token)) {
            String found = Files.exists(token) ? "may not be read" : "is not there";
            return Problem.of("unauthorized", "the token " + token + " " + found + " (expected: the one that the server at " + base + " made)",
                    "be the user who started it, or start it anew: concierge server stop, concierge server start");
        }
        return Problem.of("unauthorized", "the token in " + token + " is not the one that the server at " + base + " knows",
                "was it changed since? then start the server anew: concierge server stop, concierge server start");
    }

    /** The connection ended before the answer did. */
    public Failure gone(IOException cause) {
        if (elsewhere.isPresent()) {
            return new Failure(Exit.UNREACHABLE, base + " does not answer: " + cause.getMessage(),
                    "the context " + elsewhere.get().name() + " is chosen; what was accepted goes on. --context local asks this machine's server");
        }
        Failure failure = new Failure(Exit.UNREACHABLE, "the server at " + base + " went away: " + cause.getMessage(),
                "concierge server status says whether it runs; what was accepted goes on");
        failure.initCause(cause);
        return failure;
    }

    /** Joins path segments, each escaped: {@code path("v1", "stack", name)}. */
    public static String path(String... segments) {
        StringBuilder path = new StringBuilder();
        for (String segment : segments) path.append('/').append(escape(segment));
        return path.toString();
    }

    /** Appends the parameters that have a value: {@code query(path, "stack", "shop", "tag", "")}. */
    public static String query(String path, String... namesAndValues) {
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            if (!namesAndValues[i + 1].isEmpty()) pairs.add(namesAndValues[i] + "=" + escape(namesAndValues[i + 1]));
        }
        if (pairs.isEmpty()) return path;
        return path + (path.contains("?") ? "&" : "?") + String.join("&", pairs);
    }

    public static String escape(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
