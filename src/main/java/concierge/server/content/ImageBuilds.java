package concierge.server.content;

import concierge.model.Digest;
import concierge.model.ImageBuild;
import concierge.model.ImageName;
import concierge.state.BuiltOn;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Makes the images of a stack file, or says what making them would do. Blocking, any thread. */
public interface ImageBuilds {
    /** Why nothing can be built now; empty: it can. */
    Optional<String> unavailable();

    /** Whether what is built goes to a registry, from which any engine gets it. */
    boolean pushes();

    /** What {@link #build} would make of this, without building. */
    List<Planned> plan(Order order);

    /** Builds what is not there yet, and gives it to the registry of images where there is one. */
    Built build(Order order, Progress progress);

    /** Pushes a built image to a registry under another reference. */
    void push(String reference, BuiltOn where, String target, Progress progress);

    /** Told what is being done. */
    interface Progress {
        void step(String text);

        /** Of an image's build. */
        void line(String image, String line);
    }

    /**
     * @param builds parents before children
     * @param context the uploaded folder; empty when nothing is built
     * @param stackFile its name in the context: it is no part of what images are made from
     * @param others references of images that other stacks built
     * @param before where an image was built last, by its reference
     * @param host that built this stack's images last: its engine need not do again what did not change; empty: none did
     */
    record Order(
            List<ImageBuild> builds, Optional<Digest> context, String stackFile, Function<ImageName, Optional<String>> others,
            Function<String, Optional<BuiltOn>> before, Optional<String> host, boolean noCache) {
        public Order {
            builds = List.copyOf(builds);
        }
    }

    /**
     * @param references of each image of the order
     * @param where each reference stands; one that stands nowhere is left out
     */
    record Built(Map<ImageName, String> references, Map<String, BuiltOn> where) {
        public Built {
            references = Map.copyOf(references);
            where = Map.copyOf(where);
        }
    }

    /**
     * @param present whether it need not be built
     * @param reason why it must, or why not
     */
    record Planned(ImageName name, String reference, boolean present, String reason) {}
}
