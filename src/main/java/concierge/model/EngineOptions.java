package concierge.model;

import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The further engine options of a service ({@code dockerargs}), split into words and checked against
 * {@link #KNOWN}; each executor maps them to its engine's API.
 *
 * @param arguments {@code --name=value} or {@code --flag}, one element each, in the file's order
 */
public record EngineOptions(List<String> arguments) {
    public static final EngineOptions NONE = new EngineOptions(List.of());

    /** Where a Swarm may place it: {@code node.labels.disk==ssd}. */
    public static final String CONSTRAINT = "--constraint";

    /** Options that take a value. */
    public static final List<String> VALUED = List.of(
            "--cap-add", "--cap-drop", "--device", "--dns", "--dns-search", "--add-host", "--hostname",
            "--ipc", "--pid", "--pids-limit", "--shm-size", "--sysctl", "--tmpfs", "--ulimit", "--security-opt",
            "--memory-swap", "--memory-reservation", "--cpuset-cpus", "--cpu-shares", "--oom-score-adj", "--group-add",
            "--log-driver", "--log-opt", "--network-alias", "--stop-signal", "--runtime", "--gpus", "--mac-address",
            "--userns", "--uts", "--cgroupns", "--cgroup-parent", "--platform", "--label", "--network", CONSTRAINT);

    /** Options that stand alone. */
    public static final List<String> FLAGS =
            List.of("--privileged", "--read-only", "--init", "--tty", "--oom-kill-disable", "--interactive");

    /** Those that a Swarm has, too: each has a part of its own in Swarm's requests. */
    public static final SortedSet<String> OF_SWARMS = Collections.unmodifiableSortedSet(new TreeSet<>(List.of(
            "--cap-add", "--cap-drop", "--dns", "--dns-search", "--add-host", "--group-add", "--ulimit", "--sysctl", "--tmpfs", "--init",
            "--read-only", "--pids-limit", "--memory-reservation", "--tty", "--hostname", "--stop-signal", "--network-alias", "--label",
            "--log-driver", "--log-opt", CONSTRAINT)));

    public EngineOptions {
        arguments = List.copyOf(arguments);
    }

    /** Of an argument: {@code --label} of {@code --label=a=b}. */
    public static String name(String argument) {
        return argument.replaceFirst("=.*", "");
    }

    /** Whether a Swarm could be told all of them. */
    public boolean suitSwarms() {
        return arguments.stream().map(EngineOptions::name).allMatch(OF_SWARMS::contains);
    }
}
