package concierge.model;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.ArrayList;
import java.util.Collections;

/**
 * A host on the network now, as its agent writes it under {@code /host/<name>}.
 *
 * @param addresses where its published ports can be reached, the preferred one first
 * @param capacity 0 in a component: unlimited
 * @param executors what it can run now; shrinks while an engine is away
 * @param cordoned takes no new instances; what people say about a host stands under a key of theirs, and is shown here
 * @param draining what runs there moves elsewhere; implies cordoned, and is shown here in the same way
 * @param agent which agent it is; empty: it was written by one that did not say
 * @param remarks what people should know of its engines, as that nobody reaches their ports
 * @param nodes the machines that it is made of; empty: it is one machine
 * @param process of that agent; empty: it was written by one that did not say
 * @param skew that its clock is another than the leader's; empty: not known to be
 */
public record HostRecord(
        String name,
        List<String> addresses,
        Set<String> tags,
        Resources capacity,
        Set<ExecutorKind> executors,
        boolean cordoned,
        boolean draining,
        String agent,
        List<String> remarks,
        List<HostNode> nodes,
        Optional<AgentProcess> process,
        Optional<ClockSkew> skew) {
    public HostRecord {
        Names.requirePart(name, "host");
        addresses = List.copyOf(addresses);
        tags = Collections.unmodifiableSortedSet(new TreeSet<>(tags));
        executors = Collections.unmodifiableSortedSet(new TreeSet<>(executors));
        remarks = List.copyOf(remarks);
        nodes = List.copyOf(nodes);
        Check.that(!addresses.isEmpty(), addresses, "addresses", "at least one");
    }

    public HostRecord(
            String name, List<String> addresses, Set<String> tags, Resources capacity, Set<ExecutorKind> executors, boolean cordoned) {
        this(name, addresses, tags, capacity, executors, cordoned, false, "", List.of());
    }

    /** One machine. */
    public HostRecord(
            String name, List<String> addresses, Set<String> tags, Resources capacity, Set<ExecutorKind> executors, boolean cordoned, boolean draining,
            String agent, List<String> remarks) {
        this(name, addresses, tags, capacity, executors, cordoned, draining, agent, remarks, List.of(), Optional.empty(), Optional.empty());
    }

    /** What one instance can have at most: no more than a single machine has; 0 in a component: all that the host has. */
    public Resources largest() {
        long cpu = 0;
        long memory = 0;
        for (HostNode node : nodes) {
            if (!node.usable()) continue;
            cpu = Math.max(cpu, node.capacity().cpuMillis());
            memory = Math.max(memory, node.capacity().memoryBytes());
        }
        return new Resources(cpu, memory);
    }

    public HostRecord withRemark(String remark) {
        List<String> all = new ArrayList<>(remarks);
        all.add(remark);
        return new HostRecord(name, addresses, tags, capacity, executors, cordoned, draining, agent, all, nodes, process, skew);
    }

    public HostRecord withCordon(boolean draining) {
        return new HostRecord(name, addresses, tags, capacity, executors, true, draining, agent, remarks, nodes, process, skew);
    }
}
