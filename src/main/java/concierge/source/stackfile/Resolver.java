package concierge.source.stackfile;

import concierge.model.Digest;
import concierge.model.ImageName;
import concierge.model.Location;
import concierge.model.Parsed;
import concierge.model.Problem;
import concierge.model.ServiceSpec;
import concierge.model.Site;
import concierge.model.SpecBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Replaces names in drafts by what they stand for. One use. */
final class Resolver {
    /** {@code _<stack>:<KEY>} as a whole value. */
    static final Pattern REFERENCE = Pattern.compile("_([A-Za-z0-9_]{1,63}):([A-Za-z_][A-Za-z0-9_.-]*)");

    private final Lookup lookup;
    private final List<Problem> problems = new ArrayList<>();
    private final List<Problem> warnings = new ArrayList<>();

    Resolver(Lookup lookup) {
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
        SpecBuilder spec = service.draft().with().environment(environment(service));
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
            if (value.isEmpty()) warn(service, variable.getKey(), stack, key);
        }
        return resolved;
    }

    private void warn(StackService service, String variable, String stack, String key) {
        Location at = service.places().of("env." + variable);
        warnings.add(Problem.of("unresolved-variable",
                "deploy." + service.name() + ".env." + variable + ": stack " + stack + " has no variable " + key + "; left out",
                "set it: concierge env set " + stack + " " + key + "=…").at(at));
    }
}
