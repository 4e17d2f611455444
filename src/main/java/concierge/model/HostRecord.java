package concierge.model;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
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
        List<String> remarks) {
    public HostRecord {
        Names.requirePart(name, "host");
        addresses = List.copyOf(addresses);
        tags = Collections.unmodifiableSortedSet(new TreeSet<>(tags));
        executors = Collections.unmodifiableSortedSet(new TreeSet<>(executors));
        remarks = List.copyOf(remarks);
        Check.that(!addresses.isEmpty(), addresses, "addresses", "at least one");
    }

    public HostRecord(
            String name, List<String> addresses, Set<String> tags, Resources capacity, Set<ExecutorKind> executors, boolean cordoned) {
        this(name, addresses, tags, capacity, executors, cordoned, false, "", List.of());
    }

    public HostRecord withCordon(boolean draining) {
        return new HostRecord(name, addresses, tags, capacity, executors, true, draining, agent, remarks);
    }
}
