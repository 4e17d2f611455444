package concierge.store;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * An ordered tree of keys, as etcd has it. Every commit gets the next revision; all of it happens at
 * that revision or nothing does. All methods may be called from any thread and may block; all throw
 * {@link StoreException} when the store cannot be reached or cannot keep a promise.
 *
 * <p>Durability: when {@link #commit} returned {@link CommitResult.Committed}, the commit survives the
 * death of the process at any moment (the memory store excepted).
 *
 * <p>Limits, the same in every store so that none is met first in production: {@link Limits}.
 */
public interface Store extends AutoCloseable {
    /** The newest revision. */
    long revision();

    /** The entry at the newest revision. */
    Optional<Entry> find(String key);

    /**
     * The entries whose keys start with {@code prefix}, in key order, as they were at a revision.
     *
     * @param after only keys greater than this; empty: from the start
     * @param limit at most so many, 1 to {@link Limits#PAGE}
     * @param revision 0: the newest; else one that a former page told
     * @throws CompactedException when that revision is not kept any more: start again
     */
    Page list(String prefix, String after, int limit, long revision);

    /**
     * All entries whose keys start with {@code prefix}, in key order, as they were at one revision; read page by page.
     *
     * @param revision 0: the newest; else one that a former page told
     * @throws CompactedException when that revision is not kept any more, even after some were given: start again
     */
    default void each(String prefix, long revision, Consumer<Entry> sink) {
        Page page = list(prefix, "", Limits.PAGE, revision);
        page.entries().forEach(sink);
        while (page.more()) {
            page = list(prefix, page.entries().getLast().key(), Limits.PAGE, page.revision());
            page.entries().forEach(sink);
        }
    }

    /**
     * Commits all of a transaction or nothing; {@link CommitResult.Unknown} where the store cannot tell which. Never applied twice: a transaction whose id was committed
     * before answers with that commit's revision. Ids are remembered for at least {@link
     * Limits#REMEMBERED_COMMITS} later commits.
     *
     * @throws IllegalArgumentException when it exceeds a limit or names a key twice
     */
    CommitResult commit(Transaction transaction);

    /**
     * The revision at which the transaction of this id was committed; empty: it was not, and will not be unless it is
     * committed again.
     *
     * @throws StoreException also while a commit is in doubt that may be this one
     */
    OptionalLong committed(String id);

    /**
     * Tells every change of keys under {@code prefix} after revision {@code after}, each revision once, in
     * order, whole. Calls come one at a time from one thread of the store's; a slow watcher delays only
     * itself, and one that falls behind by more than {@link Limits#WATCH_BACKLOG} batches gets {@link
     * Watcher#compacted}. Events of a closed watch may still be under way for a moment.
     */
    Watch watch(String prefix, long after, Watcher watcher);

    /** A lease; keys put with it vanish in one commit when it expires or is revoked. */
    Lease grant(Duration timeToLive);

    /** What the store itself says is in the way of changes; asked without one, and no promise: a commit tells. Empty: nothing. */
    default Optional<String> hindrance() {
        // Most find out with the first commit; but that it answers is told by this, too.
        var _ = revision();
        return Optional.empty();
    }

    /** Stops watches with {@link Watcher#closed}, releases files and threads; leases are left to expire. */
    @Override
    void close();

    /** A running watch. */
    interface Watch extends AutoCloseable {
        @Override
        void close();
    }

    /** A granted lease. */
    interface Lease {
        long id();

        Duration timeToLive();

        /** Starts its time anew; false: it has expired already. */
        boolean keepAlive();

        /** Ends it now, and its keys with it; harmless when it has expired. */
        void revoke();
    }

    /** Receives a watch's batches. Must not block for long and must not throw. */
    interface Watcher {
        void changed(Batch batch);

        /** Changes were missed: list anew, then watch from the listed revision. Nothing follows. */
        void compacted(long oldestKept);

        /** The store was closed, or cannot be reached for good. Nothing follows. */
        default void closed() {}
    }
}
