package concierge.state;

import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.StoreException;
import java.util.function.Consumer;

/**
 * The whole state at one moment, but for what lives under leases: who is there and who leads is found out
 * anew. It may be gone through more than once.
 */
public interface Snapshot {
    /** In key order, with the revisions of the store that it was taken of. */
    void each(Consumer<Entry> sink);

    /**
     * Of a store, as it is now.
     *
     * @throws StoreException when nothing of this program's is in it
     */
    static Snapshot of(Store store) {
        if (Installation.find(store).isEmpty()) {
            throw new StoreException("the store holds no installation (expected: " + Keys.INSTALLATION + ")");
        }
        long revision = store.revision();
        return sink -> store.each("/", revision, entry -> {
            if (!isLeased(entry.key()) && !entry.key().equals(Keys.MOVED) && !entry.key().equals(Keys.HOME)) sink.accept(entry);
        });
    }

    private static boolean isLeased(String key) {
        return key.startsWith(Keys.HOST) || key.startsWith("/peers/") || key.equals(Keys.LEADER);
    }
}
