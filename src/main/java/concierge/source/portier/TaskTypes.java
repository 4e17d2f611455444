package concierge.source.portier;

import concierge.json.Json;
import concierge.model.ExecutorKind;
import concierge.model.Names;
import concierge.model.Parsed;
import concierge.model.Problem;
import concierge.model.ServiceSpec;
import concierge.model.SpecBuilder;
import concierge.source.stackfile.StackFile;
import concierge.source.stackfile.StackService;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How tasks are run, by type: each entry is a service of a stack file, in the same words, checked by the same reader;
 * {@code environment}, {@code mounts} and {@code network} may stand for {@code env}, {@code volume} and an option of
 * {@code dockerargs}. Immutable.
 */
public final class TaskTypes {
    /** How a worker gets its task's configuration, JSON. */
    static final String CONFIGURATION = "CONCIERGE_CONFIGURATION";

    private static final Map<String, String> OTHER_WORDS = Map.of("environment", "env", "mounts", "volume");

    /** No stack's: the reader wants a name, and refuses the one that tasks stand in. */
    private static final String FILE = "types";

    /** What a task has no use for: how many there are is the queue's to say, and where they are reached nobody asks. */
    private static final List<String> FOREIGN = List.of("scale", "static", "service", "type", "document_root", "domains", "route", "secrets");

    private final Map<String, ServiceSpec> types;
    private final List<Shown> shown;

    /** One value of a type's definition. */
    public record Shown(String type, String key, Object value, String from) {}

    private TaskTypes(Map<String, ServiceSpec> types, List<Shown> shown) {
        this.types = new TreeMap<>(types);
        this.shown = List.copyOf(shown);
    }

    /**
     * @param table by type, as the configuration has it
     * @param origins where each value came from: {@code restream.image → the variable}
     */
    public static Parsed<TaskTypes> read(Map<String, Object> table, Map<String, String> origins) {
        List<Problem> problems = new ArrayList<>();
        Map<String, ServiceSpec> types = new TreeMap<>();
        table.forEach((type, entry) -> {
            if (!Names.isPart(type) || type.equals(Names.STATIC_TAG)) {
                problems.add(bad("types: " + type + " (expected: 1 to 63 letters, digits, _ . or -)"));
            } else if (!(entry instanceof Map<?, ?> definition)) {
                problems.add(bad("types." + type + ": " + entry + " (expected: a table)"));
            } else {
                read(type, definition, problems).ifPresent(spec -> types.put(type, spec));
            }
        });
        return problems.isEmpty() ? new Parsed.Good<>(new TaskTypes(types, shown(table, origins)), List.of()) : new Parsed.Bad<>(problems);
    }

    private static Optional<ServiceSpec> read(String type, Map<?, ?> definition, List<Problem> problems) {
        for (String key : FOREIGN) {
            if (!definition.containsKey(key)) continue;
            problems.add(bad("types." + type + "." + key + ": not in a task's type (expected: how one task is run)"));
            return Optional.empty();
        }
        // JSON is YAML; so the one reader there is for services reads these, too.
        String text = Json.write(Map.of("viking", Map.of("name", FILE), "deploy", Map.of(type, words(definition))));
        return switch (StackFile.parse(FILE, text)) {
            case Parsed.Bad<StackFile>(List<Problem> found) -> {
                for (Problem problem : found) problems.add(new Problem(problem.code(), problem.message().replaceFirst("^deploy\\.", "types."), problem.hint(), Optional.empty()));
                yield Optional.empty();
            }
            case Parsed.Good<StackFile>(StackFile file, _) -> {
                StackService service = file.services().getFirst();
                SpecBuilder spec = service.draft().with();
                if (!definition.containsKey("lost")) spec.stopsWhenLost(true);
                // Where there is a Swarm it places tasks, unless they need what it has no word for.
                if (!definition.containsKey("executor") && service.draft().options().suitSwarms()) spec.executors(List.of(ExecutorKind.swarm, ExecutorKind.docker));
                yield Optional.of(spec.build());
            }
        };
    }

    private static Map<String, Object> words(Map<?, ?> definition) {
        Map<String, Object> out = new LinkedHashMap<>();
        definition.forEach((key, value) -> out.put(OTHER_WORDS.getOrDefault(key.toString(), key.toString()), value));
        Object network = out.remove("network");
        if (network != null) {
            List<Object> options = new ArrayList<>();
            Object before = out.get("dockerargs");
            if (before instanceof Collection<?> list) options.addAll(list);
            else if (before != null) options.add(before);
            options.add("--network=" + network);
            out.put("dockerargs", options);
        }
        return out;
    }

    private static Problem bad(String message) {
        return Problem.of("bad-task-type", message, "");
    }

    private static List<Shown> shown(Map<String, Object> table, Map<String, String> origins) {
        List<Shown> out = new ArrayList<>();
        new TreeMap<>(table).forEach((type, definition) -> {
            Map<String, Object> values = new TreeMap<>();
            values("", definition, values);
            values.forEach((key, value) -> out.add(new Shown(type, key, value, origins.getOrDefault(type + "." + key, "default"))));
        });
        return out;
    }

    private static void values(String path, Object value, Map<String, Object> out) {
        if (value instanceof Map<?, ?> table && !table.isEmpty()) table.forEach((key, inner) -> values(path.isEmpty() ? key.toString() : path + "." + key, inner, out));
        else out.put(path, value);
    }

    boolean knows(String type) {
        return types.containsKey(type);
    }

    /** What a task of this type needs and where it may run; empty: no such type here. */
    Optional<ServiceSpec> find(String type) {
        return Optional.ofNullable(types.get(type));
    }

    /** How this task is run; empty: no such type here. */
    Optional<ServiceSpec> spec(Claim claim) {
        return find(claim.type()).map(spec -> {
            Map<String, String> environment = new LinkedHashMap<>(spec.environment());
            environment.put(CONFIGURATION, claim.configuration());
            return spec.with().environment(environment).build();
        });
    }

    /** Every value of every definition, and where it came from. */
    public List<Shown> shown() {
        return shown;
    }
}
