package concierge.state;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import concierge.json.Json;
import concierge.model.Assignment;
import concierge.model.Deployment;
import concierge.model.Digest;
import concierge.model.HostRecord;
import concierge.model.InstanceId;
import concierge.model.Intent;
import concierge.model.Move;
import concierge.model.RunKind;
import concierge.model.SecretRecord;
import concierge.model.ServiceSpec;
import concierge.model.SpecBuilder;
import concierge.model.StackRecord;
import concierge.model.Status;
import concierge.store.Value;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Model records as the store keeps them: one JSON object each, canonical (keys sorted, what equals its
 * default left out), so that the same meaning has the same bytes and a field that is added with a default
 * changes no bytes, and so no digest, of what was written before.
 *
 * <p>Defaults are part of the format: changing one in {@link #DEFAULTS} changes what old values mean.
 * Ids and digests are texts; durations and instants ISO 8601; a run kind is an object tagged by {@code
 * kind}.
 */
public final class Codec {
    private static final JsonMapper MAPPER = Json.mapper()
            .rebuild()
            .enable(
                    DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                    DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
                    DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED)
            .changeDefaultVisibility(visibility -> visibility.withIsGetterVisibility(JsonAutoDetect.Visibility.NONE))
            .addMixIn(Digest.class, TextDigest.class)
            .addMixIn(InstanceId.class, TextInstance.class)
            .addMixIn(RunKind.class, TaggedRunKind.class)
            .build();

    private static final String FOREVER = "{\"kind\": \"forever\"}";

    /** What a field that is not there means. */
    private static final Map<Class<?>, ObjectNode> DEFAULTS = Map.of(
            ServiceSpec.class, tree(new SpecBuilder().build()),
            Intent.class, tree("{\"override\": -1, \"stopped\": false, \"epoch\": 0, \"deployment\": \"\", \"kind\": " + FOREVER + "}"),
            HostRecord.class,
                    tree("{\"tags\": [], \"capacity\": {\"cpuMillis\": 0, \"memoryBytes\": 0}, \"executors\": [], \"cordoned\": false, \"draining\": false, \"agent\": \"\", \"remarks\": [], \"nodes\": []}"),
            Assignment.class,
                    tree("{\"epoch\": 0, \"links\": {}, \"desired\": \"run\", \"deployment\": \"\", \"kind\": " + FOREVER + "}"),
            Status.class,
                    tree("{\"reason\": \"\", \"restarts\": 0, \"crashing\": false, \"oomKilled\": false, \"container\": \"\", \"ports\": {}, \"lastLog\": [], \"checked\": false}"),
            StackRecord.class, tree("{\"comment\": \"\", \"require\": [], \"files\": {}}"),
            Deployment.class, tree("{\"replaces\": [], \"reason\": \"\"}"),
            Move.class, tree("{\"turn\": 0, \"atOnce\": 1, \"outcome\": \"active\", \"reason\": \"\"}"),
            SecretRecord.class, tree("{}"));

    private Codec() {}

    /** The bytes of a persisted record: one of the nine kinds that this class can read back. */
    public static Value value(Record record) {
        return Value.of(MAPPER.writeValueAsString(pruned(record)));
    }

    /**
     * The bytes of {@code record} with the fields that {@code existing} has and this program does not know:
     * a newer program's additions survive an older one's rewriting. Those inside of list elements do not.
     */
    public static Value rewrite(Value existing, Record record) {
        ObjectNode written = pruned(record);
        try {
            JsonNode before = MAPPER.readTree(existing.text());
            Record known = read(existing, record.getClass());
            if (before instanceof ObjectNode object) addUnknown(written, object, tree(known));
        } catch (MalformedValueException | JacksonException _) {
            // What nobody can read has nothing worth keeping; the new record mends it.
            return value(record);
        }
        return Value.of(MAPPER.writeValueAsString(written));
    }

    /** Whether a value, which reads as {@code known}, has fields that this program does not know. */
    public static boolean holdsUnknown(Value value, Record known) {
        return !rewrite(value, known).equals(value(known));
    }

    /** The name under which a specification is stored: the SHA-256 of its canonical bytes. */
    public static Digest digest(ServiceSpec spec) {
        return Digest.of(value(spec).bytes());
    }

    public static ServiceSpec spec(Value value) {
        return read(value, ServiceSpec.class);
    }

    public static Intent intent(Value value) {
        return read(value, Intent.class);
    }

    public static HostRecord host(Value value) {
        return read(value, HostRecord.class);
    }

    public static Assignment assignment(Value value) {
        return read(value, Assignment.class);
    }

    public static Status status(Value value) {
        return read(value, Status.class);
    }

    public static StackRecord stack(Value value) {
        return read(value, StackRecord.class);
    }

    public static Deployment deployment(Value value) {
        return read(value, Deployment.class);
    }

    public static Move move(Value value) {
        return read(value, Move.class);
    }

    public static SecretRecord secret(Value value) {
        return read(value, SecretRecord.class);
    }

    /** @throws MalformedValueException when the bytes are no such record */
    private static <T> T read(Value value, Class<T> type) {
        try {
            JsonNode tree = MAPPER.readTree(value.bytes());
            if (!(tree instanceof ObjectNode object)) throw new MalformedValueException(type, "no JSON object", null);
            addAbsent(object, defaults(type));
            return MAPPER.treeToValue(object, type);
        } catch (JacksonException e) {
            throw new MalformedValueException(type, e.getOriginalMessage(), e);
        }
    }

    private static ObjectNode defaults(Class<?> type) {
        ObjectNode defaults = DEFAULTS.get(type);
        if (defaults == null) throw new IllegalArgumentException("type: " + type.getName() + " (expected: a persisted record)");
        return defaults;
    }

    private static ObjectNode tree(Record record) {
        return MAPPER.valueToTree(record);
    }

    private static ObjectNode tree(String json) {
        return (ObjectNode) MAPPER.readTree(json);
    }

    private static ObjectNode pruned(Record record) {
        ObjectNode tree = tree(record);
        removeDefaults(tree, defaults(record.getClass()));
        return tree;
    }

    private static void removeDefaults(ObjectNode tree, ObjectNode defaults) {
        for (Map.Entry<String, JsonNode> field : defaults.properties()) {
            @Nullable JsonNode own = tree.get(field.getKey());
            if (own == null) continue;
            if (own instanceof ObjectNode inner && field.getValue() instanceof ObjectNode innerDefaults) {
                removeDefaults(inner, innerDefaults);
                if (inner.isEmpty()) tree.remove(field.getKey());
            } else if (isSame(own, field.getValue())) {
                tree.remove(field.getKey());
            }
        }
    }

    /** Equal, whatever width of number the one was read with and the other made with. */
    private static boolean isSame(JsonNode a, JsonNode b) {
        return a.isIntegralNumber() && b.isIntegralNumber() ? a.longValue() == b.longValue() : a.equals(b);
    }

    private static void addAbsent(ObjectNode tree, ObjectNode defaults) {
        for (Map.Entry<String, JsonNode> field : defaults.properties()) {
            @Nullable JsonNode own = tree.get(field.getKey());
            if (own == null || own.isNull()) tree.set(field.getKey(), field.getValue());
            else if (own instanceof ObjectNode inner && field.getValue() instanceof ObjectNode innerDefaults) addAbsent(inner, innerDefaults);
        }
    }

    /** Adds to {@code tree} what is in {@code before} but not in {@code known}, which holds all that this program read of it. */
    private static void addUnknown(ObjectNode tree, ObjectNode before, ObjectNode known) {
        for (Map.Entry<String, JsonNode> field : before.properties()) {
            @Nullable JsonNode read = known.get(field.getKey());
            @Nullable JsonNode own = tree.get(field.getKey());
            if (read == null) {
                if (own == null && !field.getValue().isNull()) tree.set(field.getKey(), field.getValue());
            } else if (field.getValue() instanceof ObjectNode inner && read instanceof ObjectNode innerKnown) {
                ObjectNode target = own instanceof ObjectNode object ? object : MAPPER.createObjectNode();
                addUnknown(target, inner, innerKnown);
                if (!target.isEmpty()) tree.set(field.getKey(), target);
            }
        }
    }

    private interface TextDigest {
        @JsonValue
        String hex();
    }

    private abstract static class TextInstance {
        @JsonCreator
        static InstanceId parse(String path) {
            throw new AssertionError("annotations only: " + path);
        }

        @JsonValue
        abstract String path();
    }

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = RunKind.Forever.class, name = "forever"),
        @JsonSubTypes.Type(value = RunKind.ToCompletion.class, name = "toCompletion")
    })
    private interface TaggedRunKind {}
}
