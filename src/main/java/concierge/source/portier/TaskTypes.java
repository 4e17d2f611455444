package concierge.source.portier;

import concierge.model.ExecutorKind;
import concierge.model.ImageName;
import concierge.model.Link;
import concierge.model.Location;
import concierge.model.Names;
import concierge.model.Origin;
import concierge.model.Parsed;
import concierge.model.Problem;
import concierge.model.ServiceSpec;
import concierge.model.SpecBuilder;
import concierge.source.stackfile.Definition;
import concierge.source.stackfile.Dialect;
import concierge.source.stackfile.StackService;
import java.util.ArrayList;
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

    /** What a task has no use for. */
    private static final Map<String, String> ABSENT = Map.of(
            "scale", "how many tasks there are is the queue's to say",
            "static", "a task is there once", "service", "a task is there once",
            "type", "a task is no website", "document_root", "a task is no website",
            "domains", "a task is reached by nobody", "route", "a task is reached by nobody",
            "secrets", "a stack's secrets are not the tasks'");

    private static final Dialect DIALECT = dialect();

    private final Map<String, ServiceSpec> types;
    private final List<Origin.Shown> shown;

    private TaskTypes(Map<String, ServiceSpec> types, List<Origin.Shown> shown) {
        this.types = new TreeMap<>(types);
        this.shown = List.copyOf(shown);
    }

    private static Dialect dialect() {
        List<String> keys = new ArrayList<>(List.of("image", "command", "environment", "mounts", "network", "resources", "executor", "restart", "stop_grace", "lost"));
        for (String key : Dialect.STACK_FILE.keys()) if (!ABSENT.containsKey(key) && !keys.contains(key)) keys.add(key);
        return new Dialect(keys, Map.of("environment", "env", "mounts", "volume"), ABSENT);
    }

    /**
     * @param table by type, as the configuration has it
     * @param origins where each value came from
     */
    public static Parsed<TaskTypes> read(Map<String, Object> table, Origin.Table origins) {
        List<Problem> problems = new ArrayList<>();
        Map<String, ServiceSpec> types = new TreeMap<>();
        table.forEach((type, entry) -> {
            Marks marks = new Marks(origins);
            if (!Names.isPart(type) || type.equals(Names.STATIC_TAG)) {
                problems.add(marks.key(type, "types: " + Foreign.tame(type) + " as a type (expected: 1 to 63 letters, digits, _ . or -, and not " + Names.STATIC_TAG + ")"));
            } else if (!(entry instanceof Map<?, ?> definition)) {
                problems.add(marks.value(type, "types." + type + ": " + entry + " (expected: a table that says how tasks of this type are run)"));
            } else {
                read(type, definition, marks, problems).ifPresent(spec -> types.put(type, spec));
            }
        });
        return problems.isEmpty() ? new Parsed.Good<>(new TaskTypes(types, origins.shown(table)), List.of()) : new Parsed.Bad<>(problems);
    }

    private static Optional<ServiceSpec> read(String type, Map<?, ?> definition, Marks marks, List<Problem> problems) {
        String path = "types." + type;
        return switch (Definition.read(type, path, definition, DIALECT, marks::ofValue, marks::ofKey)) {
            case Parsed.Bad<StackService>(List<Problem> found) -> {
                for (Problem problem : found) problems.add(marks.told(problem));
                yield Optional.empty();
            }
            case Parsed.Good<StackService>(StackService service, _) -> {
                Optional<Problem> elsewhere = elsewhere(path, service);
                elsewhere.ifPresent(problem -> problems.add(marks.told(problem)));
                SpecBuilder spec = service.draft().with();
                if (!definition.containsKey("lost")) spec.stopsWhenLost(true);
                // Where there is a Swarm it places tasks, unless they need what it has no word for.
                if (!definition.containsKey("executor") && service.draft().options().suitSwarms()) spec.executors(List.of(ExecutorKind.swarm, ExecutorKind.docker));
                yield elsewhere.isPresent() ? Optional.empty() : Optional.of(spec.build());
            }
        };
    }

    /** What only a stack file's own services and builds could mean. */
    private static Optional<Problem> elsewhere(String path, StackService service) {
        for (Link link : service.draft().links()) {
            if (link.stack().isPresent()) continue;
            return Optional.of(Problem.of("unknown-service", path + ".link: " + link.service() + " (expected: a service of a stack, as shop/" + link.service() + ")", "").at(service.places().of("link." + link)));
        }
        return service.draft().image().filter(ImageName::isMeant)
                .map(image -> Problem.of("unknown-image", path + ".image: " + image + " (expected: an image of a registry or of the engine)", "built images are a stack's alone").at(service.places().of("image")));
    }

    /** Numbered places instead of those in files, as not every value stands in one: told as what they stand for. */
    private static final class Marks {
        private final Origin.Table origins;
        private final List<Origin> all = new ArrayList<>();

        Marks(Origin.Table origins) {
            this.origins = origins;
        }

        Location ofValue(String path) {
            return mark(origin(origins.values(), inside(path)));
        }

        Location ofKey(String path) {
            return mark(origin(origins.keys(), inside(path)));
        }

        private Location mark(Origin origin) {
            all.add(origin);
            return new Location("", all.size(), 1);
        }

        private static String inside(String path) {
            return path.substring("types.".length());
        }

        /** Of what is in a list, or otherwise has no place of its own, what is around it. */
        private static Origin origin(Map<String, Origin> origins, String path) {
            Origin found = origins.get(path);
            int around = Math.max(path.lastIndexOf('.'), path.lastIndexOf('['));
            if (found != null) return found;
            return around < 0 ? Origin.DEFAULT : origin(origins, path.substring(0, around));
        }

        Problem told(Problem problem) {
            int number = problem.location().map(Location::line).orElse(0);
            return told(number == 0 ? Origin.DEFAULT : all.get(number - 1), problem.code(), problem.message(), problem.hint());
        }

        Problem key(String type, String message) {
            return told(origin(origins.keys(), type), "bad-task-type", message, "");
        }

        Problem value(String type, String message) {
            return told(origin(origins.values(), type), "bad-task-type", message, "");
        }

        private static Problem told(Origin origin, String code, String message, String hint) {
            Problem problem = Problem.of(code, message, hint);
            if (origin.location().isPresent()) return problem.at(origin.location().get());
            return origin.equals(Origin.DEFAULT) ? problem : Problem.of(code, origin.text() + ": " + message, hint);
        }
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
    public List<Origin.Shown> shown() {
        return shown;
    }
}
