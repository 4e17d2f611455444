package concierge.executor.docker;

import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.model.EngineOptions;
import concierge.model.Names;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The further options of a service ({@code dockerargs}) as the parts of a create request that they become.
 * What stands here wins over what Concierge would have asked for.
 */
public final class DockerOptions {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,18})([bkmgt]?)b?", Pattern.CASE_INSENSITIVE);

    /** Parts of the request's top level, its {@code HostConfig}, and the endpoint in the stack's network. */
    public final Map<String, Object> top = new TreeMap<>();

    public final Map<String, Object> host = new TreeMap<>();
    public final Map<String, Object> endpoint = new TreeMap<>();
    public final Map<String, String> labels = new TreeMap<>();
    public final List<String> aliases = new ArrayList<>();
    Optional<String> platform = Optional.empty();
    Optional<String> network = Optional.empty();
    private Optional<String> logDriver = Optional.empty();
    private final Map<String, String> logOptions = new TreeMap<>();

    private DockerOptions() {}

    /** @throws ExecutorException refused, naming the argument that is unknown or malformed */
    public static DockerOptions of(EngineOptions options, boolean newMacPlace) {
        DockerOptions parsed = new DockerOptions();
        for (String argument : options.arguments()) {
            int equals = argument.indexOf('=');
            String name = equals < 0 ? argument : argument.substring(0, equals);
            if (EngineOptions.FLAGS.contains(name)) {
                String value = equals < 0 ? "true" : argument.substring(equals + 1);
                if (!value.equals("true") && !value.equals("false")) throw refused(argument, name + ", " + name + "=true or " + name + "=false");
                parsed.flag(name, value.equals("true"));
            } else if (EngineOptions.VALUED.contains(name)) {
                if (equals < 0) throw refused(argument, name + "=VALUE");
                parsed.valued(name, argument.substring(equals + 1), newMacPlace);
            } else {
                throw unknown(argument, name);
            }
        }
        return parsed;
    }

    boolean hasTerminal() {
        return Boolean.TRUE.equals(top.get("Tty"));
    }

    /** The log driver's setting; empty: none was asked for. */
    public Optional<Map<String, Object>> logging() {
        if (logDriver.isEmpty() && logOptions.isEmpty()) return Optional.empty();
        return Optional.of(Map.of("Type", logDriver.orElse("json-file"), "Config", logOptions));
    }

    private void flag(String name, boolean value) {
        switch (name) {
            case "--privileged" -> host.put("Privileged", value);
            case "--read-only" -> host.put("ReadonlyRootfs", value);
            case "--init" -> host.put("Init", value);
            case "--oom-kill-disable" -> host.put("OomKillDisable", value);
            case "--tty" -> top.put("Tty", value);
            case "--interactive" -> top.put("OpenStdin", value);
            default -> throw new IllegalStateException("a known option without a mapping: " + name);
        }
    }

    private void valued(String name, String value, boolean newMacPlace) {
        switch (name) {
            case "--cap-add" -> list("CapAdd").add(value);
            case "--cap-drop" -> list("CapDrop").add(value);
            case "--dns" -> list("Dns").add(value);
            case "--dns-search" -> list("DnsSearch").add(value);
            case "--add-host" -> list("ExtraHosts").add(pair(name, value, ":").replaceFirst("=", ":"));
            case "--group-add" -> list("GroupAdd").add(value);
            case "--security-opt" -> list("SecurityOpt").add(value);
            case "--device" -> objects("Devices").add(device(value));
            case "--ulimit" -> objects("Ulimits").add(ulimit(value));
            case "--gpus" -> objects("DeviceRequests").add(gpus(value));
            case "--sysctl" -> map("Sysctls").put(before(pair(name, value, "="), "="), after(value, "="));
            case "--tmpfs" -> map("Tmpfs").put(before(value, ":"), after(value, ":"));
            case "--ipc" -> host.put("IpcMode", value);
            case "--pid" -> host.put("PidMode", value);
            case "--userns" -> host.put("UsernsMode", value);
            case "--uts" -> host.put("UTSMode", value);
            case "--cgroupns" -> host.put("CgroupnsMode", value);
            case "--cgroup-parent" -> host.put("CgroupParent", value);
            case "--cpuset-cpus" -> host.put("CpusetCpus", value);
            case "--runtime" -> host.put("Runtime", value);
            case "--pids-limit" -> host.put("PidsLimit", number(name, value));
            case "--cpu-shares" -> host.put("CpuShares", number(name, value));
            case "--oom-score-adj" -> host.put("OomScoreAdj", number(name, value));
            case "--shm-size" -> host.put("ShmSize", size(name, value));
            case "--memory-swap" -> host.put("MemorySwap", value.equals("-1") ? -1L : size(name, value));
            case "--memory-reservation" -> host.put("MemoryReservation", size(name, value));
            case "--hostname" -> top.put("Hostname", value);
            case "--stop-signal" -> top.put("StopSignal", value);
            // moved from the container to its endpoint with API 1.44
            case "--mac-address" -> (newMacPlace ? endpoint : top).put("MacAddress", value);
            case "--network-alias" -> aliases.add(value);
            case "--network" -> network = Optional.of(value);
            case "--platform" -> platform = Optional.of(value);
            case "--label" -> labels.put(before(value, "="), after(value, "="));
            case EngineOptions.CONSTRAINT -> throw refused(name + "=" + value, "executor: swarm, where there are nodes to choose from");
            case "--log-driver" -> logDriver = Optional.of(value);
            case "--log-opt" -> logOptions.put(before(pair(name, value, "="), "="), after(value, "="));
            default -> throw new IllegalStateException("a known option without a mapping: " + name);
        }
    }

    @SuppressWarnings("unchecked")
    private List<String> list(String name) {
        return (List<String>) host.computeIfAbsent(name, _ -> new ArrayList<String>());
    }

    @SuppressWarnings("unchecked")
    private List<Map<String, Object>> objects(String name) {
        return (List<Map<String, Object>>) host.computeIfAbsent(name, _ -> new ArrayList<Map<String, Object>>());
    }

    @SuppressWarnings("unchecked")
    private Map<String, String> map(String name) {
        return (Map<String, String>) host.computeIfAbsent(name, _ -> new TreeMap<String, String>());
    }

    /** {@code /dev/on/host[:/dev/inside[:rwm]]}. */
    private static Map<String, Object> device(String value) {
        String[] parts = value.split(":", -1);
        if (parts.length > 3 || parts[0].isEmpty()) throw refused("--device=" + value, "--device=HOST[:INSIDE[:rwm]]");
        return Map.of(
                "PathOnHost", parts[0],
                "PathInContainer", parts.length > 1 ? parts[1] : parts[0],
                "CgroupPermissions", parts.length > 2 ? parts[2] : "rwm");
    }

    /** {@code nofile=1024[:2048]}. */
    private static Map<String, Object> ulimit(String value) {
        Matcher match = Pattern.compile("([a-z]+)=(-?\\d{1,18})(?::(-?\\d{1,18}))?").matcher(value);
        if (!match.matches()) throw refused("--ulimit=" + value, "--ulimit=NAME=SOFT[:HARD]");
        long soft = Long.parseLong(match.group(2));
        return Map.of("Name", match.group(1), "Soft", soft, "Hard", match.group(3) == null ? soft : Long.parseLong(match.group(3)));
    }

    /** {@code all}, a number, or {@code device=ID,ID}. */
    private static Map<String, Object> gpus(String value) {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("Driver", "");
        request.put("Capabilities", List.of(List.of("gpu")));
        if (value.startsWith("device=")) request.put("DeviceIDs", List.of(value.substring(7).split(",")));
        else request.put("Count", value.equals("all") ? -1 : number("--gpus", value));
        return request;
    }

    private static long number(String name, String value) {
        if (!value.matches("-?\\d{1,18}")) throw refused(name + "=" + value, "a whole number");
        return Long.parseLong(value);
    }

    private static long size(String name, String value) {
        Matcher match = SIZE.matcher(value);
        if (!match.matches()) throw refused(name + "=" + value, "bytes, or with a unit: 64m, 1g");
        int power = "bkmgt".indexOf(match.group(2).isEmpty() ? "b" : match.group(2).toLowerCase(java.util.Locale.ROOT));
        long count = Long.parseLong(match.group(1));
        if (count > Long.MAX_VALUE >> 10 * power) throw refused(name + "=" + value, "fewer than 8 EiB");
        return count << 10 * power;
    }

    private static String pair(String name, String value, String separator) {
        if (!value.contains(separator) && !value.contains("=")) throw refused(name + "=" + value, name + "=A" + separator + "B");
        return value;
    }

    private static String before(String value, String separator) {
        int at = value.indexOf(separator);
        return at < 0 ? value : value.substring(0, at);
    }

    private static String after(String value, String separator) {
        int at = value.indexOf(separator);
        return at < 0 ? "" : value.substring(at + 1);
    }

    private static ExecutorException unknown(String argument, String name) {
        List<String> known = new ArrayList<>(EngineOptions.VALUED);
        known.addAll(EngineOptions.FLAGS);
        String nearest = Names.nearest(name, known).map(near -> "; did you mean " + near + "?").orElse("");
        return refused(argument, "one of the options listed in docs/docker.md" + nearest);
    }

    private static ExecutorException refused(String argument, String expected) {
        return new ExecutorException(Kind.refused, "dockerargs: " + argument + " (expected: " + expected + ")");
    }
}
