package concierge.server.content;

import concierge.model.Digest;
import concierge.model.ImageBuild;
import concierge.model.ImageName;
import concierge.state.BuiltOn;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Makes the images of a stack file, or says what making them would do. Blocking, any thread. */
public interface ImageBuilds {
    /** Why nothing can be built now; empty: it can. */
    Optional<String> unavailable();

    /** What {@link #build} would make of this, without building. */
    List<Planned> plan(Order order);

    /**
     * Builds what is not there yet.
     *
     * @param progress told of each output line, with the image's name
     * @return the reference of each image of the order
     */
    Map<ImageName, String> build(Order order, BiConsumer<String, String> progress);

    /** Where an image that was built stands; empty: nowhere. */
    Optional<BuiltOn> where(String reference);

    /** Pushes a local image to a registry under another reference. */
    void push(String reference, String target, BiConsumer<String, String> progress);

    /** Removes all that this installation built. */
    Removed removeAll();

    /** @param kept a line for each that could not be removed, with its reason */
    record Removed(List<String> removed, List<String> kept) {
        public Removed {
            removed = List.copyOf(removed);
            kept = List.copyOf(kept);
        }
    }

    /**
     * @param builds parents before children
     * @param context the uploaded folder; empty when nothing is built
     * @param stackFile its name in the context: it is no part of what images are made from
     * @param others references of images that other stacks built
     */
    record Order(
            List<ImageBuild> builds, Optional<Digest> context, String stackFile, Function<ImageName, Optional<String>> others, boolean noCache) {
        public Order {
            builds = List.copyOf(builds);
        }
    }

    /**
     * @param present whether it need not be built
     * @param reason why it must, or why not
     */
    record Planned(ImageName name, String reference, boolean present, String reason) {}
}
