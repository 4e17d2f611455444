package concierge.executor.swarm;

import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.Workload;
import concierge.executor.docker.ContainerRequest;
import concierge.executor.docker.Labels;
import concierge.model.Health;
import concierge.model.InstanceId;
import concierge.model.Names;
import concierge.model.Restart;
import concierge.model.SecretFile;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.Update;
import concierge.model.Volume;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The body of a service's create request, made of a workload. */
final class ServiceRequest {
    /** At most 30 MB of output an instance on its node's disk, as with Docker alone. */
    private static final Map<String, Object> LOGGING = Map.of("Name", "json-file", "Options", Map.of("max-size", "10m", "max-file", "3"));

    /**
     * From an end to Swarm's own restart, Docker's usual one: for ends that nobody of ours sees. The agent, where it
     * is there, starts what has ended at once, and later with its growing pauses.
     */
    private static final Duration RESTART_PAUSE = Duration.ofSeconds(5);

    /** Service and stack, so that the instances of one service can be found together. */
    static final String SERVICE = "concierge.service";

    /** Docker's own, by which {@code docker stack services} finds them. */
    private static final String NAMESPACE = "com.docker.stack.namespace";

    private final Workload workload;
    private final String installation;
    private final String suffix;
    private final SwarmOptions options;

    ServiceRequest(Workload workload, String installation, String suffix) {
        this.workload = workload;
        this.installation = installation;
        this.suffix = suffix;
        this.options = SwarmOptions.of(workload.spec().options());
    }

    /** Where the service's author wants it, before anything that we know besides. */
    List<String> constraints() {
        return options.constraints();
    }

    /**
     * @param image by which nodes have it
     * @param networks by name, the stack's own first
     * @param secrets their references, as Swarm wants them
     */
    Map<String, Object> body(String image, Map<String, Integer> hostPorts, List<String> networks, List<Map<String, Object>> secrets, List<String> constraints) {
        ServiceSpec spec = workload.spec();
        Map<String, Object> task = new LinkedHashMap<>();
        task.put("ContainerSpec", container(image, secrets));
        task.put("Resources", resources());
        task.put("RestartPolicy", Map.of("Condition", condition(spec.restart()), "Delay", RESTART_PAUSE.toNanos(), "MaxAttempts", 0));
        task.put("Placement", Map.of("Constraints", constraints));
        task.put("Networks", networks(networks));
        task.put("LogDriver", options.logging().orElse(LOGGING));
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("Labels", labels());
        body.put("TaskTemplate", task);
        body.put("Mode", Map.of("Replicated", Map.of("Replicas", 1)));
        body.put("UpdateConfig", update(spec.update()));
        // Names lead to the instances themselves, and ports to the node that runs one: neither needs the kernel's IPVS.
        body.put("EndpointSpec", Map.of("Mode", "dnsrr", "Ports", ports(hostPorts)));
        return body;
    }

    private Map<String, Object> container(String image, List<Map<String, Object>> secrets) {
        ServiceSpec spec = workload.spec();
        Map<String, Object> container = new LinkedHashMap<>();
        container.put("Image", image);
        if (!spec.entrypoint().isEmpty()) container.put("Command", spec.entrypoint());
        if (!spec.command().isEmpty()) container.put("Args", spec.command());
        spec.directory().ifPresent(directory -> container.put("Dir", directory));
        spec.user().ifPresent(user -> container.put("User", user));
        container.put("Env", environment());
        Map<String, String> labels = new TreeMap<>(spec.labels());
        labels.putAll(options.labels());
        container.put("Labels", labels);
        container.put("StopGracePeriod", ContainerRequest.seconds(spec.stopGrace()) * 1_000_000_000L);
        container.put("Mounts", mounts());
        container.put("Secrets", secrets);
        if (spec.health().kind() == Health.Kind.exec) container.put("Healthcheck", check(spec.health()));
        container.putAll(options.container());
        return container;
    }

    private List<String> environment() {
        TreeMap<String, String> environment = new TreeMap<>(workload.environment());
        if (!workload.spec().secrets().isEmpty()) environment.put(SecretFile.VARIABLE, SecretFile.FOLDER);
        return environment.entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue()).toList();
    }

    /** Run by the engine of its node, which is the only one that can. */
    private static Map<String, Object> check(Health health) {
        List<String> test = new ArrayList<>(List.of("CMD"));
        test.addAll(health.command());
        return Map.of(
                "Test", test, "Interval", health.interval().toNanos(), "Timeout", health.timeout().toNanos(), "Retries", health.retries(),
                "StartPeriod", health.startPeriod().toNanos());
    }

    private List<Map<String, Object>> mounts() {
        InstanceId instance = workload.instance();
        Map<String, String> labels = Map.of(Labels.INSTALLATION, installation, Labels.STACK, instance.service().stack());
        List<Map<String, Object>> mounts = new ArrayList<>(options.mounts());
        for (Volume volume : workload.spec().volumes()) {
            mounts.add(volume.host().isPresent()
                    ? Map.of("Type", "bind", "Source", volume.host().get(), "Target", volume.container())
                    : Map.of("Type", "volume", "Source", ContainerRequest.volumeName(suffix, instance, volume.container()),
                            "Target", volume.container(), "VolumeOptions", Map.of("Labels", labels)));
        }
        return mounts;
    }

    /** What is asked for is both: kept free for it, and its limit. */
    private Map<String, Object> resources() {
        Map<String, Object> amounts = new TreeMap<>();
        long cpu = workload.spec().resources().cpuMillis();
        long memory = workload.spec().resources().memoryBytes();
        if (cpu > 0) amounts.put("NanoCPUs", cpu * 1_000_000);
        if (memory > 0) amounts.put("MemoryBytes", memory);
        Map<String, Object> limits = new TreeMap<>(amounts);
        limits.putAll(options.limits());
        Map<String, Object> reservations = new TreeMap<>(amounts);
        reservations.putAll(options.reservations());
        return Map.of("Limits", limits, "Reservations", reservations);
    }

    private static String condition(Restart restart) {
        return switch (restart.policy()) {
            case always -> "any";
            case onFailure -> "on-failure";
            case never -> "none";
        };
    }

    /**
     * For those who change the service by Swarm's own means: ours replace it by another one. A failed update must
     * never leave a service that Swarm does not start any more.
     */
    private static Map<String, Object> update(Update update) {
        return Map.of(
                "Parallelism", update.parallel(), "Delay", update.delay().toNanos(), "Monitor", update.monitor().toNanos(),
                "Order", update.order() == Update.Order.startFirst ? "start-first" : "stop-first", "FailureAction", "continue");
    }

    /** Names are claimed in the stack's own network alone. */
    private List<Map<String, Object>> networks(List<String> networks) {
        List<Map<String, Object>> joined = new ArrayList<>();
        for (String network : networks) {
            joined.add(joined.isEmpty() ? Map.of("Target", network, "Aliases", aliases()) : Map.of("Target", network));
        }
        return joined;
    }

    private Set<String> aliases() {
        ServiceId id = workload.instance().service();
        Set<String> aliases = new LinkedHashSet<>(List.of(id.service(), id.service() + "." + Names.dns(id.stack()), id.networkName()));
        aliases.addAll(options.aliases());
        return aliases;
    }

    private static List<Map<String, Object>> ports(Map<String, Integer> hostPorts) {
        List<Map<String, Object>> ports = new ArrayList<>();
        new TreeMap<>(hostPorts).forEach((port, host) -> {
            int slash = port.indexOf('/');
            ports.add(Map.of(
                    "Protocol", port.substring(slash + 1), "TargetPort", Integer.parseInt(port.substring(0, slash)), "PublishedPort", host,
                    "PublishMode", "host"));
        });
        return ports;
    }

    private Map<String, String> labels() {
        ServiceId service = workload.instance().service();
        Map<String, String> labels = new TreeMap<>(workload.spec().labels());
        labels.put(NAMESPACE, Names.dns(service.stack()) + "-" + suffix);
        labels.put(SERVICE, service.path());
        labels.put(Labels.INSTALLATION, installation);
        labels.put(Labels.INSTANCE, workload.instance().path());
        labels.put(Labels.STACK, service.stack());
        labels.put(Labels.GENERATION, Long.toString(workload.generation()));
        labels.put(Labels.DIGEST, workload.digest().hex());
        return labels;
    }

    /** What a Swarm cannot give, before anything is made. */
    void refuseWhatSwarmLacks() {
        ServiceSpec spec = workload.spec();
        if (spec.image().isEmpty()) throw refused("has no image (expected: one, to run on a Swarm)");
        if (spec.takesInput()) throw refused("takes input, which Swarm's tasks have none of (expected: no input; executor: docker gives it one)");
    }

    private ExecutorException refused(String what) {
        return new ExecutorException(Kind.refused, workload.instance() + ": " + what);
    }
}
