package concierge.executor.docker;

import concierge.executor.Workload;
import concierge.model.Digest;
import concierge.model.InstanceId;
import concierge.model.Names;
import concierge.model.Port;
import concierge.model.SecretFile;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.Volume;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The body of a container's create request, made of a workload. Nothing is left to the engine's daemon
 * configuration that would change what a stack file means: restarts are the agent's, output is bounded, swap
 * is no way around a memory limit.
 */
public final class ContainerRequest {
    /** At most 30 MB of output an instance on the engine's disk. */
    private static final Map<String, Object> LOGGING =
            Map.of("Type", "json-file", "Config", Map.of("max-size", "10m", "max-file", "3"));

    private final String installation;
    private final Workload workload;
    private final DockerOptions options;
    private final String network;

    /** @param network the stack's network; not used where the options name another */
    ContainerRequest(String installation, Workload workload, DockerOptions options, String network) {
        this.installation = installation;
        this.workload = workload;
        this.options = options;
        this.network = network;
    }

    /** @param hostPorts the host port of each exposed port ({@code 80/tcp}) */
    Map<String, Object> body(Map<String, Integer> hostPorts) {
        ServiceSpec spec = workload.spec();
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("Image", spec.image().orElseThrow());
        if (!spec.command().isEmpty()) body.put("Cmd", spec.command());
        if (!spec.entrypoint().isEmpty()) body.put("Entrypoint", spec.entrypoint());
        spec.directory().ifPresent(directory -> body.put("WorkingDir", directory));
        spec.user().ifPresent(user -> body.put("User", user));
        body.put("Env", environment());
        if (spec.takesInput()) body.putAll(Map.of("OpenStdin", true, "StdinOnce", true));
        body.put("Labels", labels());
        body.put("StopTimeout", seconds(spec.stopGrace()));
        Map<String, Object> exposed = new TreeMap<>();
        for (Port port : spec.ports()) exposed.put(port.key(), Map.of());
        body.put("ExposedPorts", exposed);
        body.put("HostConfig", hostConfig(hostPorts));
        if (joinsStackNetwork()) body.put("NetworkingConfig", Map.of("EndpointsConfig", Map.of(network, endpoint())));
        body.putAll(options.top);
        return body;
    }

    boolean joinsStackNetwork() {
        return options.network.isEmpty();
    }

    /** Ports are the host's own there: nothing is published. */
    boolean sharesHostNetwork() {
        return options.network.filter("host"::equals).isPresent();
    }

    /**
     * The volume of one (stack, service, instance number, path) of one installation. Its digits are made from all of
     * them: {@code a_b/c} and {@code a/b-c} read alike, and must never share their data.
     */
    public static String volumeName(String suffix, InstanceId instance, String path) {
        ServiceId service = instance.service();
        Digest all = Digest.of(String.join("\0", service.stack(), service.service(), Integer.toString(instance.n()), path));
        return "concierge-" + suffix + "-" + Names.dns(service.stack()) + "-" + service.service() + "-" + instance.n() + "-" + all.shortHex();
    }

    /** The engine counts whole seconds; a shorter grace than asked for would be a broken promise. */
    public static long seconds(java.time.Duration grace) {
        return (grace.toMillis() + 999) / 1000;
    }

    private Map<String, Object> hostConfig(Map<String, Integer> hostPorts) {
        ServiceSpec spec = workload.spec();
        Map<String, Object> host = new LinkedHashMap<>();
        host.put("NetworkMode", options.network.orElse(network));
        host.put("RestartPolicy", Map.of("Name", "no"));
        host.put("LogConfig", options.logging().orElse(LOGGING));
        host.put("PortBindings", sharesHostNetwork() ? Map.of() : bindings(hostPorts));
        host.put("Mounts", mounts());
        host.put("Binds", spec.volumes().stream()
                .filter(volume -> volume.host().isPresent())
                .map(volume -> volume.host().get() + ":" + volume.container())
                .toList());
        if (spec.resources().cpuMillis() > 0) host.put("NanoCpus", spec.resources().cpuMillis() * 1_000_000);
        if (spec.resources().memoryBytes() > 0) {
            host.put("Memory", spec.resources().memoryBytes());
            host.put("MemorySwap", spec.resources().memoryBytes());
        }
        host.putAll(options.host);
        return host;
    }

    private Map<String, Object> bindings(Map<String, Integer> hostPorts) {
        Map<String, Object> bindings = new TreeMap<>();
        hostPorts.forEach((port, host) -> bindings.put(port, List.of(Map.of("HostIp", workload.bind(), "HostPort", Integer.toString(host)))));
        return bindings;
    }

    private List<String> environment() {
        TreeMap<String, String> environment = new TreeMap<>(workload.environment());
        if (!workload.spec().secrets().isEmpty()) environment.put(SecretFile.VARIABLE, SecretFile.FOLDER);
        return environment.entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue()).toList();
    }

    /** A volume that is not there yet is made by the engine, with these labels, in the same call. */
    private List<Map<String, Object>> mounts() {
        InstanceId instance = workload.instance();
        List<Map<String, Object>> mounts = new ArrayList<>();
        Map<String, String> labels = Map.of(Labels.INSTALLATION, installation, Labels.STACK, instance.service().stack());
        if (!workload.spec().secrets().isEmpty()) mounts.add(SecretFolder.mount(labels));
        for (Volume volume : workload.spec().volumes()) {
            if (volume.host().isPresent()) continue;
            mounts.add(Map.of(
                    "Type", "volume",
                    "Source", volumeName(installation.substring(0, 6), instance, volume.container()),
                    "Target", volume.container(),
                    "VolumeOptions", Map.of("Labels", labels)));
        }
        return mounts;
    }

    private Map<String, Object> endpoint() {
        Map<String, Object> endpoint = new LinkedHashMap<>(options.endpoint);
        endpoint.put("Aliases", aliases());
        return endpoint;
    }

    /** The service's name for its own stack, with the stack behind it for others; and the one that means this version alone. */
    private Set<String> aliases() {
        ServiceId id = workload.instance().service();
        Set<String> aliases = new LinkedHashSet<>(List.of(id.service(), id.service() + "." + Names.dns(id.stack()), id.networkName()));
        aliases.addAll(options.aliases);
        return aliases;
    }

    private Map<String, String> labels() {
        Map<String, String> labels = new TreeMap<>(workload.spec().labels());
        labels.putAll(options.labels);
        labels.put(Labels.INSTALLATION, installation);
        labels.put(Labels.INSTANCE, workload.instance().path());
        labels.put(Labels.STACK, workload.instance().service().stack());
        labels.put(Labels.GENERATION, Long.toString(workload.generation()));
        labels.put(Labels.DIGEST, workload.digest().hex());
        return labels;
    }
}
