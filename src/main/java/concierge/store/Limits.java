package concierge.store;

/** What no store promises more of. */
public final class Limits {
    /** Puts and deletes of one commit: etcd's default is 128, and one of them notes the transaction's id. */
    public static final int OPERATIONS = 127;

    /** Different compares of one commit: etcd counts them by the same number, and one is about the id. */
    public static final int COMPARES = 127;

    /** Sum of the keys and values of one commit: etcd refuses larger requests by default (1.5 MiB). */
    public static final int BYTES = 1 << 20;

    /** Entries of one page: bounds the memory of a read. */
    public static final int PAGE = 10_000;

    /** Batches that wait for a slow watcher before it has to list anew: bounds memory. */
    public static final int WATCH_BACKLOG = 10_000;

    /** Transaction ids kept for {@link Store#committed}: far more than can be in doubt at once. */
    public static final int REMEMBERED_COMMITS = 10_000;

    /** The shortest lease: etcd grants none shorter. */
    public static final java.time.Duration SHORTEST_LEASE = java.time.Duration.ofSeconds(2);

    private Limits() {}
}
