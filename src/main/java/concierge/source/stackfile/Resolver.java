package concierge.source.stackfile;

import concierge.model.Digest;
import concierge.model.HealthVariables;
import concierge.model.ImageName;
import concierge.model.Location;
import concierge.model.Parsed;
import concierge.model.Problem;
import concierge.model.SecretFile;
import concierge.model.ServiceSpec;
import concierge.model.Site;
import concierge.model.SpecBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Replaces names in drafts by what they stand for. One use. */
final class Resolver {
    /** {@code _<stack>:<KEY>} as a whole value. */
    static final Pattern REFERENCE = Pattern.compile("_([A-Za-z0-9_]{1,63}):([A-Za-z_][A-Za-z0-9_.-]*)");

    private final String stack;
    private final Lookup lookup;
    private final List<Problem> problems = new ArrayList<>();
    private final List<Problem> warnings = new ArrayList<>();

    Resolver(String stack, Lookup lookup) {
        this.stack = stack;
        this.lookup = lookup;
    }

    Parsed<List<StackFile.Resolved>> resolve(List<StackService> services) {
        List<StackFile.Resolved> resolved = new ArrayList<>();
        for (StackService service : services) {
            resolved.add(new StackFile.Resolved(service.name(), service.scale(), resolve(service)));
        }
        return problems.isEmpty() ? new Parsed.Good<>(resolved, warnings) : new Parsed.Bad<>(problems);
    }

    private ServiceSpec resolve(StackService service) {
        SpecBuilder spec = service.draft().with().environment(environment(service)).secrets(secrets(service));
        service.draft().image().flatMap(ImageName::parse).ifPresent(name -> image(service, name).ifPresent(spec::image));
        service.draft().site().ifPresent(site -> spec.site(site(service, site)));
        return spec.build();
    }

    private Optional<String> image(StackService service, ImageName name) {
        Optional<String> reference = lookup.image(name);
        if (reference.isEmpty()) {
            problems.add(Problem.of("unknown-image", "deploy." + service.name() + ".image: " + name + " is not built (expected: a built image)",
                    "deploy stack " + name.stack() + " first").at(service.places().of("image")));
        }
        return reference;
    }

    private Site site(StackService service, Site site) {
        Optional<Digest> content = lookup.site(site.documentRoot());
        if (content.isEmpty()) {
            problems.add(Problem.of("blobs-missing", "deploy." + service.name() + ".document_root: " + site.documentRoot()
                    + " was not uploaded", "deploy again").at(service.places().of("document_root")));
        }
        return new Site(site.documentRoot(), content);
    }

    private SortedMap<String, String> environment(StackService service) {
        SortedMap<String, String> resolved = new TreeMap<>();
        for (Map.Entry<String, String> variable : service.draft().environment().entrySet()) {
            Matcher reference = REFERENCE.matcher(variable.getValue());
            if (!reference.matches()) {
                resolved.put(variable.getKey(), variable.getValue());
                continue;
            }
            String stack = reference.group(1);
            String key = reference.group(2);
            Optional<String> value = lookup.environment(stack, key);
            value.ifPresent(text -> resolved.put(variable.getKey(), text));
            value.ifPresent(text -> checkHealth(service, variable.getKey(), text));
            if (value.isEmpty()) warn(service, variable.getKey(), stack, key);
        }
        return resolved;
    }

    /** Whether a variable's value is to be read from a stack's stored environment. */
    static boolean isReference(String value) {
        return REFERENCE.matcher(value).matches();
    }

    private void checkHealth(StackService service, String name, String value) {
        if (!HealthVariables.isOne(name) || HealthVariables.read(name, value).isPresent()) return;
        problems.add(Problem.of("bad-value", "deploy." + service.name() + ".env." + name + ": " + Findings.shown(value) + " (expected: "
                + HealthVariables.EXPECTED + ")", "it is stored; concierge env set changes it").at(service.places().of("env." + name)));
    }

    private List<SecretFile> secrets(StackService service) {
        problems.addAll(secretProblems(stack, List.of(service), lookup::secret));
        List<SecretFile> resolved = new ArrayList<>();
        for (SecretFile secret : service.draft().secrets()) {
            if (lookup.secret(secret.source()) instanceof Lookup.Kept.Here(Digest version)) resolved.add(secret.at(version));
        }
        return resolved;
    }

    /** What is wrong with the secrets that services name; told before anything is built. */
    static List<Problem> secretProblems(String stack, List<StackService> services, Function<String, Lookup.Kept> kept) {
        List<Problem> problems = new ArrayList<>();
        for (StackService service : services) {
            for (SecretFile secret : service.draft().secrets()) {
                switch (kept.apply(secret.source())) {
                    case Lookup.Kept.Here _ -> {}
                    case Lookup.Kept.Absent _ -> problems.add(missing(stack, service, secret));
                    case Lookup.Kept.Locked(String reason) -> problems.add(locked(service, secret, reason));
                }
            }
        }
        return problems;
    }

    private static Problem missing(String stack, StackService service, SecretFile secret) {
        return Problem.of("missing-secret", path(service) + "stack " + stack + " has no secret " + secret.source() + " (expected: a stored one)",
                "set it: concierge secret set " + stack + " " + secret.source()).at(service.places().of("secrets." + secret.source()));
    }

    private static Problem locked(StackService service, SecretFile secret, String reason) {
        return Problem.of("locked-secret", path(service) + secret.source() + ": " + reason, "").at(service.places().of("secrets." + secret.source()));
    }

    private static String path(StackService service) {
        return "deploy." + service.name() + ".secrets: ";
    }

    private void warn(StackService service, String variable, String stack, String key) {
        Location at = service.places().of("env." + variable);
        warnings.add(Problem.of("unresolved-variable",
                "deploy." + service.name() + ".env." + variable + ": stack " + stack + " has no variable " + key + "; left out",
                "set it: concierge env set " + stack + " " + key + "=…").at(at));
    }
}
