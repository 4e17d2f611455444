package concierge.store;

/** The asked revision is not kept any more. */
public final class CompactedException extends StoreException {
    private static final long serialVersionUID = 1;

    /** Where the store does not say what it keeps. */
    public CompactedException(long revision) {
        super("revision " + revision + " is compacted");
    }

    public CompactedException(long revision, long oldest) {
        super("revision " + revision + " is compacted (oldest kept: " + oldest + ")");
    }
}
