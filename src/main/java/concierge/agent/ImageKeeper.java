package concierge.agent;

import concierge.executor.ExecutorException;
import concierge.executor.ImageEngine;
import concierge.image.Images;
import concierge.state.Installation;
import concierge.state.Keys;
import concierge.store.Store;
import concierge.store.StoreException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes from a host's engine the images of this installation that the state no longer tells of, whether they were built
 * there, fetched or pulled; the newest {@link Images#KEPT_UNUSED} of each name stay. One virtual thread.
 */
public final class ImageKeeper implements AutoCloseable {
    /** What it removes grows by a few a deploy, and nobody waits for it. */
    private static final Duration LOOK = Duration.ofMinutes(10);

    private static final Logger LOG = LoggerFactory.getLogger(ImageKeeper.class);

    private final Store store;
    private final String installation;
    private final Images images;
    private final Thread thread;

    /** Unneeded at the last look. An image is there a moment before the state tells of it: one look alone proves nothing. */
    private Set<String> suspects = Set.of();

    public ImageKeeper(Store store, String installation, ImageEngine engine) {
        this.store = store;
        this.installation = installation;
        this.images = new Images(engine, installation);
        this.thread = Thread.ofVirtual().name("image keeper").unstarted(this::loop);
    }

    public void start() {
        thread.start();
    }

    private void loop() {
        try {
            while (true) {
                Thread.sleep(LOOK);
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Looks once. While the store is away, or is another's, nothing is touched. */
    void look() {
        try {
            if (!Installation.find(store).equals(Optional.of(installation))) return;
            List<String> own = images.own();
            Set<String> unneeded = new HashSet<>();
            for (String reference : own) if (store.find(Keys.built(reference)).isEmpty()) unneeded.add(reference);
            Set<String> given = suspects;
            suspects = unneeded;
            Images.Removed done = images.prune(reference -> !unneeded.contains(reference) || !given.contains(reference));
            if (!done.removed().isEmpty()) LOG.info("removed unused images images={}", done.removed());
            if (!done.kept().isEmpty()) LOG.info("unused images stay images={}", done.kept());
        } catch (StoreException | ExecutorException e) {
            LOG.info("unused images not looked for reason={}", e.getMessage());
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
