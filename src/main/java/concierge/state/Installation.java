package concierge.state;

import concierge.store.CommitResult;
import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import concierge.store.Value;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/** Who a store belongs to, and in which format its data is. */
public final class Installation {
    /** The data format that this program reads and writes. */
    public static final int FORMAT = 1;

    private Installation() {}

    /**
     * The installation's id. An empty store becomes a new installation's; one with data but without an id
     * is somebody else's and stays untouched, as does one of a newer format.
     *
     * @throws StoreException saying what was found
     */
    public static String ensure(Store store) {
        requireHere(store);
        Optional<Entry> found = store.find(Keys.INSTALLATION);
        if (found.isEmpty()) found = create(store);
        if (store.find(Keys.FORMAT).isEmpty()) throw new StoreException(Keys.FORMAT + ": none (expected: a number)");
        requireFormat(store::find);
        return found.map(entry -> entry.value().text()).orElseThrow(() -> new StoreException("the store did not keep " + Keys.INSTALLATION));
    }

    /** The id of the installation that the store belongs to; empty: none yet. */
    public static Optional<String> find(Store store) {
        return store.find(Keys.INSTALLATION).map(Entry::value).map(Value::text);
    }

    /** @throws StoreException when the state has been copied elsewhere: two servers would fight over what runs */
    public static void requireHere(Store store) {
        store.find(Keys.MOVED).ifPresent(moved -> {
            throw new StoreException("the state was moved from here to " + moved.value().text()
                    + " (expected: that as store.url; to go on with this one, backup it and restore that into an empty store)");
        });
    }

    /**
     * A store in a file is one home's: with a copy in another home, two servers would take the same things for theirs.
     * Backups and copies to other stores leave the mark behind.
     *
     * @param home the id of the home that the store is in
     * @throws StoreException when the store came from another
     */
    public static void requireHome(Function<String, Optional<Entry>> find, String home) {
        String[] owner = find.apply(Keys.HOME).map(entry -> entry.value().text()).orElse(home).split(" ", 2);
        if (owner[0].equals(home)) return;
        throw new StoreException("the state belongs to the home " + owner[owner.length - 1]
                + " (expected: this one's own; to go on with that one here, stop its server, concierge backup FILE there and concierge restore FILE here)");
    }

    /** Marks a store in a file as its home's, for {@link #requireHome}; one from before this mark becomes the home's that it is in. */
    public static void settle(Store store, String home, String path) {
        String mark = home + " " + path;
        if (store.find(Keys.HOME).filter(found -> found.value().text().equals(mark)).isPresent()) return;
        CommitResult result = store.commit(Transaction.id("home-" + UUID.randomUUID()).put(Keys.HOME, mark).build());
        if (!(result instanceof CommitResult.Committed)) throw new StoreException("the state could not be marked as this home's: " + result);
    }

    /** Marks a store whose state is elsewhere from now on. */
    public static void leave(Store store, String address) {
        CommitResult result = store.commit(Transaction.id("moved-" + UUID.randomUUID()).put(Keys.MOVED, address).build());
        if (!(result instanceof CommitResult.Committed)) {
            throw new StoreException("the state is copied to " + address + ", but could not be marked as moved here (expected: no server on it any more; remove it)");
        }
    }

    private static Optional<Entry> create(Store store) {
        if (!store.list("/", "", 1, 0).entries().isEmpty()) {
            throw new StoreException("the store holds data but no " + Keys.INSTALLATION
                    + " (expected: an empty store or one of this program's; give another place, or remove the data)");
        }
        String id = UUID.randomUUID().toString();
        CommitResult result = store.commit(Transaction.id("installation-" + id)
                .absent(Keys.INSTALLATION)
                .put(Keys.INSTALLATION, id)
                .put(Keys.FORMAT, Integer.toString(FORMAT))
                .build());
        return switch (result) {
            case CommitResult.Committed _, CommitResult.Conflict _ -> store.find(Keys.INSTALLATION);
            case CommitResult.Unknown unknown -> throw new StoreException("creating the installation: " + unknown.reason());
        };
    }

    /**
     * Data of a newer format must not be touched by this program; a store without a format may be empty.
     *
     * @throws StoreException saying what was found
     */
    public static void requireFormat(Function<String, Optional<Entry>> find) {
        Optional<String> found = find.apply(Keys.FORMAT).map(entry -> entry.value().text());
        if (found.isEmpty()) return;
        String format = found.get();
        if (!format.matches("[0-9]{1,9}")) {
            throw new StoreException(Keys.FORMAT + ": " + format + " (expected: a number)");
        }
        if (Integer.parseInt(format) > FORMAT) {
            throw new StoreException("the data has format " + format + " (expected: at most " + FORMAT
                    + "; use a version of concierge that knows format " + format + ")");
        }
    }
}
