package concierge.model;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one instance of a service is: everything about it but how many and where. Immutable and stored
 * under the digest of its canonical JSON, so a change of any field is a change of the digest.
 *
 * <p>Environment values and image names are resolved already: no {@code viking:} references, no {@code
 * _stack:KEY} left.
 *
 * @param image what the engine runs; empty for a process and for a site
 * @param command empty: the image's own
 * @param entrypoint empty: the image's own
 * @param pinned goes back to the host it first ran on ({@code fixed}, or because it has volumes)
 * @param shared stands under the reserved tag and is left running by a new push ({@code static})
 * @param executors where it may run, in order of preference; never empty
 * @param uniqueHost two of its instances never share a host
 * @param stopGrace from TERM to KILL
 * @param secrets found as files; each file name once
 * @param stopsWhenLost its host stops it when nobody hears of that any more; it starts elsewhere only then
 * @param takesInput its standard input is kept open until somebody has given it one; false: it is empty
 */
public record ServiceSpec(
        Optional<String> image,
        List<String> command,
        List<String> entrypoint,
        Optional<String> directory,
        List<Port> ports,
        List<Volume> volumes,
        boolean pinned,
        boolean shared,
        List<Filter> filters,
        List<Link> links,
        SortedMap<String, String> environment,
        EngineOptions options,
        List<String> domains,
        Optional<Site> site,
        Health health,
        Resources resources,
        Restart restart,
        Update update,
        List<ExecutorKind> executors,
        boolean uniqueHost,
        Duration stopGrace,
        Optional<String> user,
        SortedMap<String, String> labels,
        boolean takesInput,
        List<SecretFile> secrets,
        boolean stopsWhenLost) {

    /** As Docker gives a container between TERM and KILL. */
    public static final Duration STOP_GRACE = Duration.ofSeconds(10);

    /**
     * Running is ready without a health check, also for what ends soon: most errors of a command or its
     * configuration show within this. Swarm watches as long.
     */
    public static final Duration BLIND_MONITOR = Duration.ofSeconds(5);

    public ServiceSpec {
        command = List.copyOf(command);
        entrypoint = List.copyOf(entrypoint);
        ports = List.copyOf(ports);
        volumes = List.copyOf(volumes);
        filters = List.copyOf(filters);
        links = List.copyOf(links);
        environment = Collections.unmodifiableSortedMap(new TreeMap<>(environment));
        domains = List.copyOf(domains);
        executors = List.copyOf(executors);
        secrets = List.copyOf(secrets);
        labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
        Check.that(!executors.isEmpty(), executors, "executor", "at least one");
        Check.that(!stopGrace.isNegative(), stopGrace, "stop_grace", "≥ 0");
        Check.that(volumes.isEmpty() || pinned, pinned, "fixed", "true for a service with volumes");
    }

    /** The smallest one: an image, run on Docker. Change it with {@link #with}. */
    public static ServiceSpec of(String image) {
        return new SpecBuilder().image(image).build();
    }

    /** A builder that starts from this one. */
    public SpecBuilder with() {
        return new SpecBuilder(this);
    }

    /** Without any health check running is all that is known of an instance; the environment may ask for one, too. */
    public boolean isBlind() {
        return health.kind() == Health.Kind.none && HealthVariables.checks(environment).all().isEmpty();
    }

    /**
     * How long a new instance has to stay ready until a deployment counts it.
     *
     * @param status what its agent reports of it: only there is known whether its image asks for a check
     */
    public Duration settling(Optional<Status> status) {
        return isWatched(status) ? BLIND_MONITOR : update.monitor();
    }

    /** Whether time alone tells if this new instance is well. */
    public boolean isWatched(Optional<Status> status) {
        return update.monitor().isZero() && isBlind() && !status.map(Status::checked).orElse(false);
    }

    /** A site needs no instance: the router serves it. */
    public boolean isSite() {
        return site.isPresent();
    }
}
