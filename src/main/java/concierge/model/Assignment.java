package concierge.model;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The leader's order to one agent, under {@code /assign/<host>/<instance>}. Its generation is the
 * creation revision of that key and so is not part of the value: the same instance assigned anew is a
 * new generation.
 *
 * @param epoch the intent's epoch it was made for
 * @param links the environment that comes from linked services
 * @param insteadOf who stops when this one is ready; empty: nobody
 * @param desired run it, or stop it; stop is final for this generation
 */
public record Assignment(
        InstanceId instance,
        String host,
        Digest spec,
        ExecutorKind executor,
        long epoch,
        SortedMap<String, String> links,
        Desired desired,
        RunKind kind,
        String deployment,
        Optional<Predecessor> insteadOf) {
    public enum Desired {
        run,
        stop
    }

    public Assignment {
        // Most have no links, and there may be a million of these: share the empty map.
        links = links.isEmpty() ? Collections.emptySortedMap() : Collections.unmodifiableSortedMap(new TreeMap<>(links));
    }

    /** One that takes over from nobody. */
    public Assignment(
            InstanceId instance, String host, Digest spec, ExecutorKind executor, long epoch, SortedMap<String, String> links, Desired desired,
            RunKind kind, String deployment) {
        this(instance, host, spec, executor, epoch, links, desired, kind, deployment, Optional.empty());
    }

    public Assignment stopping() {
        return new Assignment(instance, host, spec, executor, epoch, links, Desired.stop, kind, deployment, insteadOf);
    }

    public Assignment insteadOf(Predecessor predecessor) {
        return new Assignment(instance, host, spec, executor, epoch, links, desired, kind, deployment, Optional.of(predecessor));
    }
}
