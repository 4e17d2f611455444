package concierge.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The variables {@code VIKING_HEALTH} (the first exposed port) and {@code VIKING_HEALTH_<port>}, by which an environment, a
 * service's or an image's, asks for health checks: {@code tcp}, {@code http}, {@code http:/path}, {@code exec:COMMAND}, or
 * {@code none}, which takes an image's back.
 */
public final class HealthVariables {
    public static final String NAME = "VIKING_HEALTH";

    /** What a value may be, for people. */
    public static final String EXPECTED = "tcp, http, http:/path, exec:COMMAND or none";

    private static final Pattern NAMES = Pattern.compile(NAME + "(?:_([1-9][0-9]{0,4}))?");

    private HealthVariables() {}

    /** @param unknown {@code NAME: value} of those whose value is none of the known ones */
    public record Checks(List<Health> all, List<String> unknown) {
        public Checks {
            all = List.copyOf(all);
            unknown = List.copyOf(unknown);
        }
    }

    public static boolean isOne(String name) {
        return name.startsWith(NAME) && NAMES.matcher(name).matches();
    }

    /** Those among an environment's variables. */
    public static SortedMap<String, String> among(Map<String, String> environment) {
        SortedMap<String, String> found = new TreeMap<>();
        environment.forEach((name, value) -> {
            if (isOne(name)) found.put(name, value);
        });
        return found;
    }

    /** What an environment asks for; one variable after the other, in the order of their names. */
    public static Checks checks(Map<String, String> environment) {
        List<Health> all = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        among(environment).forEach((name, value) -> {
            Optional<Health> check = read(name, value);
            if (check.isEmpty()) unknown.add(name + ": " + value);
            else if (check.get().kind() != Health.Kind.none) all.add(check.get());
        });
        return new Checks(all, unknown);
    }

    /** Empty for a value that is none of the known ones, or a name that is none of these. */
    public static Optional<Health> read(String name, String value) {
        Matcher matcher = NAMES.matcher(name);
        if (!matcher.matches()) return Optional.empty();
        Optional<Integer> port = Optional.ofNullable(matcher.group(1)).map(Integer::valueOf);
        return plain(value.strip()).map(plain -> new Health(
                plain.kind(), port, plain.path(), plain.command(), plain.interval(), plain.timeout(), plain.retries(), plain.startPeriod()));
    }

    private static Optional<Health> plain(String value) {
        if (value.equals("none")) return Optional.of(Health.NONE);
        if (value.equals("tcp")) return Optional.of(Health.of(Health.Kind.tcp, "/", List.of()));
        if (value.equals("http")) return Optional.of(Health.of(Health.Kind.http, "/", List.of()));
        if (value.startsWith("http:/") && !value.startsWith("http://")) return Optional.of(Health.of(Health.Kind.http, value.substring("http:".length()), List.of()));
        String command = value.startsWith("exec:") ? value.substring("exec:".length()).strip() : "";
        return command.isEmpty() ? Optional.empty() : Optional.of(Health.of(Health.Kind.exec, "/", List.of("/bin/sh", "-c", command)));
    }
}
