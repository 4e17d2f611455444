package concierge.agent.instance;

import concierge.model.Status;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the store holds, or shall hold, of one instance from its agent.
 *
 * @param generation 0: it is not assigned
 * @param ports endpoint keys with their values
 */
public record Facts(long generation, Optional<Status> status, String container, int counter, SortedMap<String, String> ports) {
    public static final Facts NONE = new Facts(0, Optional.empty(), "", 0, new TreeMap<>());

    public Facts {
        ports = Collections.unmodifiableSortedMap(new TreeMap<>(ports));
    }

    /** As the store holds it once the instance is assigned anew: the leader removed all but the endpoints. */
    public Facts of(long generation) {
        return generation == this.generation ? this : new Facts(generation, Optional.empty(), "", 0, ports);
    }
}
