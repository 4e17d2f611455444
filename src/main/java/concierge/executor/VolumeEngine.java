package concierge.executor;

import java.util.List;

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
    }
}
