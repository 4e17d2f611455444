package concierge.store;

import java.util.List;

/**
 * A part of a listing.
 *
 * @param revision at which all pages of this listing are read
 * @param more whether keys follow; go on after the last one's key
 */
public record Page(List<Entry> entries, long revision, boolean more) {
    public Page {
        entries = List.copyOf(entries);
    }
}
