package concierge.executor;

import java.util.Optional;

/** The optional ability of an engine to tell which node of a cluster it is. */
public interface ClusterNode {
    /**
     * Its id there; empty: it is in none. Blocking, from any thread.
     *
     * @throws ExecutorException {@code unavailable} when the engine does not answer
     */
    Optional<String> node();
}
