package concierge.store;

import java.util.List;
import java.util.Optional;

/** All that one commit changed under a watched prefix, in key order. */
public record Batch(long revision, List<Change> changes) {
    public Batch {
        changes = List.copyOf(changes);
    }

    /** A key's new entry, or its deletion. */
    public record Change(String key, Optional<Entry> entry) {}
}
