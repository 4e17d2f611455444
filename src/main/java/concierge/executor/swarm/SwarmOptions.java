package concierge.executor.swarm;

import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.docker.DockerOptions;
import concierge.model.EngineOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A service's further options ({@code dockerargs}) in Swarm's terms; what Swarm has no word for is refused.
 *
 * @param container parts of the {@code ContainerSpec}
 * @param labels of the container
 * @param logging the {@code LogDriver}; empty: none was asked for
 */
record SwarmOptions(
        Map<String, Object> container, List<Map<String, Object>> mounts, Map<String, Object> limits, Map<String, Object> reservations,
        List<String> aliases, Map<String, String> labels, List<String> constraints, Optional<Map<String, Object>> logging) {
    /** Parts of a container's {@code HostConfig} that a {@code ContainerSpec} has under another name. */
    private static final Map<String, String> RENAMED = Map.of(
            "CapAdd", "CapabilityAdd", "CapDrop", "CapabilityDrop", "GroupAdd", "Groups", "Ulimits", "Ulimits", "Sysctls", "Sysctls", "Init", "Init",
            "ReadonlyRootfs", "ReadOnly");

    private static final Map<String, String> RENAMED_TOP = Map.of("Tty", "TTY", "Hostname", "Hostname", "StopSignal", "StopSignal");

    static SwarmOptions of(EngineOptions options) {
        List<String> constraints = new ArrayList<>();
        List<String> others = new ArrayList<>();
        for (String argument : options.arguments()) {
            String name = EngineOptions.name(argument);
            if (!EngineOptions.OF_SWARMS.contains(name)) {
                throw new ExecutorException(Kind.refused, "dockerargs: " + argument + " (expected: one of those that Swarm has, "
                        + String.join(", ", EngineOptions.OF_SWARMS) + "; executor: docker has more)");
            }
            if (name.equals(EngineOptions.CONSTRAINT)) constraints.add(argument.substring(name.length() + 1));
            else others.add(argument);
        }
        DockerOptions parsed = DockerOptions.of(new EngineOptions(others), false);
        Map<String, Object> container = new TreeMap<>();
        RENAMED.forEach((from, to) -> Optional.ofNullable(parsed.host.get(from)).ifPresent(value -> container.put(to, value)));
        RENAMED_TOP.forEach((from, to) -> Optional.ofNullable(parsed.top.get(from)).ifPresent(value -> container.put(to, value)));
        names(parsed.host, container);
        return new SwarmOptions(
                container, tmpfs(parsed.host), renamed(parsed.host, "PidsLimit", "Pids"), renamed(parsed.host, "MemoryReservation", "MemoryBytes"),
                parsed.aliases, parsed.labels, constraints,
                parsed.logging().map(logging -> Map.of("Name", logging.get("Type"), "Options", logging.get("Config"))));
    }

    private static void names(Map<String, Object> host, Map<String, Object> container) {
        Map<String, Object> dns = new TreeMap<>(renamed(host, "Dns", "Nameservers"));
        dns.putAll(renamed(host, "DnsSearch", "Search"));
        if (!dns.isEmpty()) container.put("DNSConfig", dns);
        // name:address there, as in /etc/hosts here
        List<String> lines = new ArrayList<>();
        if (host.get("ExtraHosts") instanceof List<?> extra) {
            for (Object line : extra) lines.add(String.valueOf(line).replaceFirst("^([^:]*):(.*)$", "$2 $1"));
        }
        if (!lines.isEmpty()) container.put("Hosts", lines);
    }

    private static Map<String, Object> renamed(Map<String, Object> parts, String from, String to) {
        Object value = parts.get(from);
        return value == null ? Map.of() : Map.of(to, value);
    }

    private static List<Map<String, Object>> tmpfs(Map<String, Object> host) {
        List<Map<String, Object>> mounts = new ArrayList<>();
        if (!(host.get("Tmpfs") instanceof Map<?, ?> folders)) return mounts;
        folders.forEach((folder, options) -> {
            if (!String.valueOf(options).isEmpty()) {
                throw new ExecutorException(Kind.refused, "dockerargs: --tmpfs=" + folder + ":" + options + " (expected: a folder alone; Swarm takes no options for it)");
            }
            mounts.add(Map.of("Type", "tmpfs", "Target", folder));
        });
        return mounts;
    }
}
