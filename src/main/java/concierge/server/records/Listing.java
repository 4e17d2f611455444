package concierge.server.records;

import concierge.store.CompactedException;
import concierge.store.Entry;
import concierge.store.Store;
import java.util.ArrayList;
import java.util.List;

/** Reads all under a prefix, at one revision. */
public final class Listing {
    /** A listing whose revision vanished while it was read starts again; a store that compacts faster is ill. */
    private static final int TRIES = 3;

    private Listing() {}

    public static List<Entry> all(Store store, String prefix) {
        for (int attempt = 1; ; attempt++) {
            try {
                return once(store, prefix);
            } catch (CompactedException e) {
                if (attempt == TRIES) throw e;
            }
        }
    }

    private static List<Entry> once(Store store, String prefix) {
        List<Entry> all = new ArrayList<>();
        store.each(prefix, 0, all::add);
        return all;
    }
}
