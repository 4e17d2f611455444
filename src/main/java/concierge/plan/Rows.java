package concierge.plan;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Names to their rows. As a {@code HashMap<String, Integer>} but flat: a pass over many instances asks for
 * the host of each, and most of its time would go into following the pointers of such a map.
 */
final class Rows {
    private final @Nullable String[] names;
    private final int[] rows;
    private final int mask;

    /** @param ordered distinct names; the row of each is its place */
    Rows(List<String> ordered) {
        // At most half full, so that a search ends after a step or two.
        int slots = Integer.highestOneBit(Math.max(1, ordered.size())) * 4;
        names = new String[slots];
        rows = new int[slots];
        mask = slots - 1;
        for (int row = 0; row < ordered.size(); row++) {
            String name = ordered.get(row);
            int slot = slot(name);
            names[slot] = name;
            rows[slot] = row;
        }
    }

    /** The row of a name; {@link HostTable#NO_ROW} for a strange one. */
    int of(String name) {
        int slot = slot(name);
        return names[slot] == null ? HostTable.NO_ROW : rows[slot];
    }

    /** Where a name stands, or where it would. */
    private int slot(String name) {
        int hash = name.hashCode() * 0x9E3779B9;
        int slot = hash ^ hash >>> 16;
        for (slot &= mask; ; slot = slot + 1 & mask) {
            @Nullable String there = names[slot];
            if (there == null || there.equals(name)) return slot;
        }
    }
}
