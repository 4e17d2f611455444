package concierge.executor;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * The optional ability to hand images to other engines, and to take them. Blocking, from any thread; expected failures
 * are {@link ExecutorException}s.
 */
public interface ImageTransfer {
    /**
     * An image that the engine has.
     *
     * @param id the engine's own: engines with another kind of image store have another one for the same image
     * @param content what it is, the same on every engine
     * @param layers digests of their contents, the lowest first
     * @param bytes of all layers, unpacked
     */
    record Image(String id, String content, List<String> layers, long bytes) {
        public Image {
            layers = List.copyOf(layers);
        }

        /** Whether it is that one; older versions told images by the engine's id. */
        public boolean is(String content) {
            return content.equals(this.content) || content.equals(id);
        }
    }

    /** Empty: it has none of that name. */
    Optional<Image> describe(String reference);

    /**
     * Makes what a registry has an image of this engine, with the user's registry credentials.
     *
     * @param source by its digest: {@code registry/repository@sha256:…}
     * @param reference its name from then on, the only one
     */
    void pull(String source, String reference, Consumer<String> progress);

    /**
     * How many of these layers, from the lowest on, the engine has in this order already, and need not be given: none
     * where its image store wants all of an image.
     */
    int known(List<String> layers);

    /**
     * Writes an image as a tar that {@link #take} reads.
     *
     * @param without so many layers, from the lowest on, are left out
     * @param size told the tar's bytes before the first is written
     * @throws IOException of {@code to}
     */
    void give(String reference, int without, LongConsumer size, OutputStream to) throws IOException;

    /**
     * Makes an image that was given by another engine this one's. A tar that breaks off leaves nothing.
     *
     * @param size of the tar: refused, {@code exhausted}, where the engine's disk has no room for it
     * @throws IOException of {@code tar}
     */
    void take(String reference, InputStream tar, long size) throws IOException;
}
