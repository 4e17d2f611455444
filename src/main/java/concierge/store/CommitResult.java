package concierge.store;

/** How a commit went. */
public sealed interface CommitResult {
    /** Done, now or before, at this revision. */
    record Committed(long revision) implements CommitResult {}

    /** A compare did not hold; nothing changed. */
    record Conflict(String key) implements CommitResult {}

    /** Nobody knows: ask {@link Store#committed} with the transaction's id, or commit it again. */
    record Unknown(String id, String reason) implements CommitResult {}
}
