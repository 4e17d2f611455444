package concierge.executor;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Has the nodes of a cluster come to images that were built, which no registry gives out under the name by which services
 * ask for them. Blocking, from any thread.
 */
public interface NodeImages {
    /** Nodes get all images from registries. */
    NodeImages NONE = (image, _, _) -> Placed.everywhere(image);

    /**
     * Returns when as many nodes as can have it do.
     *
     * @param nodes that may run it: names by id
     * @throws ExecutorException {@code imageMissing} when none can; the text says why
     */
    Placed place(String image, Map<String, String> nodes, Consumer<String> progress);

    /** A node said that it has not got it: it is brought anew when it is asked for again. */
    default void missed(String image) {}

    /**
     * @param image the name by which nodes have or get it
     * @param lacking nodes that do neither: reasons by id
     */
    record Placed(String image, SortedMap<String, String> lacking) {
        public Placed {
            lacking = Collections.unmodifiableSortedMap(new TreeMap<>(lacking));
        }

        public static Placed everywhere(String image) {
            return new Placed(image, Collections.emptySortedMap());
        }
    }
}
