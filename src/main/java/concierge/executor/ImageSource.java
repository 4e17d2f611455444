package concierge.executor;

import java.util.function.Consumer;

/** The optional ability to bring images that an engine lacks from wherever the installation has them. Blocking, any thread. */
public interface ImageSource {
    /**
     * Returns when the engine has the image; at once when it has it already.
     *
     * @throws ExecutorException {@code imageMissing} when nobody gives it; the text says what each said
     */
    void fetch(String reference, Consumer<String> progress);
}
