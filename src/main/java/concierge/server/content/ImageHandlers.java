package concierge.server.content;

import concierge.server.http.Operation;
import concierge.server.records.Listing;
import concierge.state.Keys;
import concierge.store.Store;
import java.util.List;
import java.util.Optional;

/** What was built here, as a whole: a reset leaves nothing of it on the engine. */
public final class ImageHandlers {
    private final Store store;
    private final ImageBuilds images;

    public ImageHandlers(Store store, ImageBuilds images) {
        this.store = store;
        this.images = images;
    }

    public List<Operation> operations() {
        return List.of(Operation.delete("/v1/images", _ -> removeAll()));
    }

    private ImageBuilds.Removed removeAll() {
        Optional<String> unavailable = images.unavailable();
        if (unavailable.isEmpty()) return images.removeAll();
        boolean any = !Listing.all(store, Keys.IMAGES).isEmpty();
        return new ImageBuilds.Removed(List.of(), any ? List.of("the images that were built: " + unavailable.get()) : List.of());
    }
}
