package concierge.executor;

import concierge.model.Digest;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The optional ability to build and hand on images. Blocking, from any thread; expected failures are
 * {@link ExecutorException}s.
 */
public interface ImageEngine {
    /** The engine's id of an image it has; empty: it has none of that name. */
    Optional<String> imageId(String reference);

    /** What an image it has is, the same on every engine that has it; empty: it has none of that name. */
    Optional<String> imageContent(String reference);

    /**
     * Builds an image and tags it.
     *
     * @param progress each line of the build's output
     * @throws BuildFailedException when a step fails
     */
    String build(BuildRequest request, Consumer<String> progress);

    /**
     * Pushes a local image under another reference, with the user's registry credentials.
     *
     * @return the digest by which the registry gives it out, {@code sha256:…}; empty: it told none
     */
    String push(String reference, String target, Consumer<String> progress);

    /** References of this installation's images, for pruning; newest first. Fetched and pulled ones are as good as built ones. */
    List<BuiltImage> builtImages();

    /** Takes a name away, and what stood under it alone. */
    void removeImage(String reference);

    /**
     * @param context a tar stream; the Dockerfile need not be in it
     * @param reference the tag to give
     */
    record BuildRequest(
            String dockerfile, ContextSource context, String reference, Map<String, String> labels, boolean noCache) {}

    /** Opens the context anew at each call: a retried build reads it again. */
    interface ContextSource {
        InputStream open() throws java.io.IOException;
    }

    record BuiltImage(String reference, String id, Optional<Digest> inputs, long bytes) {}

    /** A step failed; shown with its output. */
    final class BuildFailedException extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final String step;
        private final List<String> output;

        public BuildFailedException(String message, String step, List<String> output) {
            super(message);
            this.step = step;
            this.output = List.copyOf(output);
        }

        /** {@code RUN npm install}. */
        public String step() {
            return step;
        }

        /** Its last output lines. */
        public List<String> output() {
            return output;
        }
    }
}
