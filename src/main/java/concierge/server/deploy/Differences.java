package concierge.server.deploy;

import concierge.model.SecretFile;
import concierge.model.ServiceSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Function;

/** What differs between two versions of a service, in the stack file's words. Values of variables may be secrets and are left out. */
final class Differences {
    private static final Map<String, Function<ServiceSpec, Object>> FIELDS = new LinkedHashMap<>();

    static {
        FIELDS.put("run", ServiceSpec::command);
        FIELDS.put("entrypoint", ServiceSpec::entrypoint);
        FIELDS.put("cwd", ServiceSpec::directory);
        FIELDS.put("expose", ServiceSpec::ports);
        FIELDS.put("volume", ServiceSpec::volumes);
        FIELDS.put("fixed", ServiceSpec::pinned);
        FIELDS.put("service", ServiceSpec::shared);
        FIELDS.put("filter", ServiceSpec::filters);
        FIELDS.put("link", ServiceSpec::links);
        FIELDS.put("dockerargs", ServiceSpec::options);
        FIELDS.put("domains", ServiceSpec::domains);
        FIELDS.put("files of the site", ServiceSpec::site);
        FIELDS.put("health", ServiceSpec::health);
        FIELDS.put("resources", ServiceSpec::resources);
        FIELDS.put("restart", ServiceSpec::restart);
        FIELDS.put("update", ServiceSpec::update);
        FIELDS.put("executor", ServiceSpec::executors);
        FIELDS.put("unique_host", ServiceSpec::uniqueHost);
        FIELDS.put("stop_grace", ServiceSpec::stopGrace);
        FIELDS.put("lost", ServiceSpec::stopsWhenLost);
        FIELDS.put("user", ServiceSpec::user);
        FIELDS.put("labels", ServiceSpec::labels);
        FIELDS.put("standard input", ServiceSpec::takesInput);
    }

    private Differences() {}

    /** {@code image busybox:1 → busybox:2, env MODE, run}. */
    static String between(ServiceSpec before, ServiceSpec after) {
        List<String> found = new ArrayList<>();
        if (!before.image().equals(after.image())) {
            found.add("image " + before.image().orElse("none") + " → " + after.image().orElse("none"));
        }
        TreeSet<String> variables = new TreeSet<>(before.environment().keySet());
        variables.addAll(after.environment().keySet());
        variables.removeIf(name -> Objects.equals(before.environment().get(name), after.environment().get(name)));
        if (!variables.isEmpty()) found.add("env " + String.join(" ", variables));
        TreeSet<String> secrets = new TreeSet<>();
        for (SecretFile file : before.secrets()) if (!after.secrets().contains(file)) secrets.add(file.source());
        for (SecretFile file : after.secrets()) if (!before.secrets().contains(file)) secrets.add(file.source());
        if (!secrets.isEmpty()) found.add("secrets " + String.join(" ", secrets));
        FIELDS.forEach((name, field) -> {
            if (!field.apply(before).equals(field.apply(after))) found.add(name);
        });
        return String.join(", ", found);
    }

    /** How many fields are compared, for the test that none is forgotten. */
    static int fields() {
        return FIELDS.size();
    }
}
