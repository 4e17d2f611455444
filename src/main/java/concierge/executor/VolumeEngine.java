package concierge.executor;

import java.util.List;
import java.util.stream.Stream;

/**
 * The optional ability to remove the named volumes that a stack's instances left. Blocking, from any thread;
 * expected failures are {@link ExecutorException}s.
 */
public interface VolumeEngine {
    /** Removes every named volume of a stack of this installation, whichever tag or service it was of; folders of the host stay. */
    Removed removeVolumes(String stack);

    /** @param kept a line for each that could not be removed, with its reason */
    record Removed(List<String> removed, List<String> kept) {
        public Removed {
            removed = List.copyOf(removed);
            kept = List.copyOf(kept);
        }

        /** Both. */
        public Removed and(Removed other) {
            return new Removed(
                    Stream.concat(removed.stream(), other.removed.stream()).toList(), Stream.concat(kept.stream(), other.kept.stream()).toList());
        }
    }
}
