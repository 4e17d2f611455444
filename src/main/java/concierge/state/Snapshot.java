package concierge.state;

import concierge.store.Entry;
import concierge.store.Limits;
import concierge.store.Page;
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
        return sink -> all(store, revision, "/", entry -> {
            if (!isLeased(entry.key()) && !entry.key().equals(Keys.MOVED)) sink.accept(entry);
        });
    }

    /** All entries under a prefix at one revision, in key order. */
    static void all(Store store, long revision, String prefix, Consumer<Entry> sink) {
        String after = "";
        Page page;
        do {
            page = store.list(prefix, after, Limits.PAGE, revision);
            page.entries().forEach(sink);
            if (!page.entries().isEmpty()) after = page.entries().getLast().key();
        } while (page.more());
    }

    private static boolean isLeased(String key) {
        return key.startsWith(Keys.HOST) || key.startsWith("/peers/") || key.equals(Keys.LEADER);
    }
}
