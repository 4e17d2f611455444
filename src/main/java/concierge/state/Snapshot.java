package concierge.state;

import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.StoreException;
import java.util.function.Consumer;

/**
 * The whole state at one moment, but for what is of the moment: who is there, who leads and what time it is are found out
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
            if (!isOfTheMoment(entry.key()) && !entry.key().equals(Keys.MOVED) && !entry.key().equals(Keys.HOME)) sink.accept(entry);
        });
    }

    private static boolean isOfTheMoment(String key) {
        return key.startsWith(Keys.HOST) || key.startsWith("/peers/") || key.equals(Keys.LEADER) || key.equals(Keys.CLOCK);
    }
}
