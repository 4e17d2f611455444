package concierge.model;

import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/**
 * A machine of a host that is a whole cluster.
 *
 * @param address where its published ports are reached
 * @param usable it is up and may be given instances
 * @param said what is wrong with it, or keeps it from being used, in the cluster's words; empty: nothing
 * @param tags what it has that filters may ask for
 */
public record HostNode(String name, String address, boolean manager, boolean usable, String said, Resources capacity, Set<String> tags) {
    public HostNode {
        tags = Collections.unmodifiableSortedSet(new TreeSet<>(tags));
    }
}
