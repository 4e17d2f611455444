package concierge.server.http;

import concierge.json.Json;
import concierge.model.InstanceId;
import concierge.model.Names;
import concierge.model.ServiceId;
import concierge.security.access.Caller;
import concierge.server.refusal.Code;
import concierge.server.refusal.Mismatch;
import concierge.server.refusal.Refusal;
import io.vertx.core.MultiMap;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;

/** A request as the operations read it: everything checked, refusals in one wording. Immutable. */
public final class Exchange {
    /** Stricter than what reads stored values: a misspelt field of a request is a mistake, and half an instance, too. */
    private static final JsonMapper STRICT =
            Json.mapper()
            .rebuild()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .build();

    private final Map<String, String> path;
    private final MultiMap query;
    private final byte[] body;
    private final Caller caller;

    Exchange(Caller caller, Map<String, String> path, MultiMap query, byte[] body) {
        this.caller = caller;
        this.path = Map.copyOf(path);
        this.query = query;
        this.body = body;
    }

    public Caller caller() {
        return caller;
    }

    public String path(String name) {
        String value = path.get(name);
        if (value == null) throw new IllegalStateException("the path has no {" + name + "}");
        return value;
    }

    /** The path's {@code {stack}}; one that no stack can be called is not found. */
    public String stack() {
        String stack = path("stack");
        if (!Names.isStack(stack)) {
            throw Refusal.of(Code.notFound, "no stack " + stack, "stacks are named with 1 to 63 letters, digits or _");
        }
        return stack;
    }

    public ServiceId service() {
        return parsed(() -> new ServiceId(stack(), path("tag"), path("service")));
    }

    public InstanceId instance() {
        return parsed(() -> InstanceId.parse(stack() + "/" + path("tag") + "/" + path("service") + "/" + path("n")));
    }

    private interface Parser<T> {
        T parse();
    }

    private static <T> T parsed(Parser<T> parser) {
        try {
            return parser.parse();
        } catch (IllegalArgumentException e) {
            throw Refusal.of(Code.notFound, String.valueOf(e.getMessage()), "see GET /v1/ps for what there is");
        }
    }

    public Optional<String> query(String name) {
        return Optional.ofNullable(query.get(name)).filter(value -> !value.isEmpty());
    }

    public List<String> queries(String name) {
        return query.getAll(name);
    }

    public boolean flag(String name, boolean otherwise) {
        Optional<String> value = query(name);
        if (value.isEmpty()) return query.contains(name) || otherwise;
        return switch (value.get()) {
            case "true", "1" -> true;
            case "false", "0" -> false;
            default -> throw Refusal.of(Code.badRequest, name + ": " + value.get() + " (expected: true or false)", "");
        };
    }

    public OptionalInt number(String name, int least, int most) {
        Optional<String> value = query(name);
        if (value.isEmpty()) return OptionalInt.empty();
        try {
            int number = Integer.parseInt(value.get());
            if (number >= least && number <= most) return OptionalInt.of(number);
        } catch (NumberFormatException e) {
            // told below, as for a number out of range
        }
        throw Refusal.of(Code.badRequest, name + ": " + value.get() + " (expected: " + least + " to " + most + ")", "");
    }

    /** A time, or how long ago it is by this server's clock: the client's may be another. */
    public Optional<Instant> instant(String name) {
        return query(name).map(value -> {
            try {
                return value.startsWith("P") ? Instant.now().minus(Duration.parse(value)) : Instant.parse(value);
            } catch (DateTimeException | ArithmeticException e) {
                throw Refusal.of(Code.badRequest, name + ": " + value + " (expected: ISO 8601, 2026-01-31T12:00:00Z, or an age, PT10M)", "");
            }
        });
    }

    /** The body as it came. */
    public byte[] bytes() {
        return body.clone();
    }

    /** The JSON body. */
    public <T> T body(Class<T> type) {
        String text = text();
        if (text.isBlank()) throw Refusal.of(Code.badRequest, "body: empty (expected: a JSON object)", "");
        try {
            T value = STRICT.readValue(text, type);
            if (value == null) throw Refusal.of(Code.badRequest, "body: null (expected: a JSON object)", "");
            return value;
        } catch (UnrecognizedPropertyException e) {
            List<String> known = e.getKnownPropertyIds() == null
                    ? List.of()
                    : e.getKnownPropertyIds().stream().map(String::valueOf).sorted().toList();
            throw Refusal.of(
                    Code.badRequest,
                    "body: unknown field " + e.getPropertyName(),
                    Names.nearest(e.getPropertyName(), known).map(near -> "did you mean " + near + "?").orElse("known: " + String.join(", ", known)));
        } catch (JacksonException e) {
            throw Mismatch.refusal(e, text);
        }
    }

    private String text() {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        } catch (CharacterCodingException e) {
            throw Refusal.of(Code.badRequest, "body: not UTF-8 (expected: JSON in UTF-8)", "");
        }
    }
}
