package concierge.executor.process;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One look at the machine's processes for all who want one at the same time: a look costs with the number of
 * processes, so that many instances which end together must not look one by one. Everybody gets a look that
 * began after he asked. Thread-safe.
 */
final class SharedLook {
    /** Made by whoever comes first after the last one began; the others wait for it. */
    private static final class Look {
        private @Nullable List<ProcessTable.Entry> found;

        synchronized List<ProcessTable.Entry> at() {
            if (found == null) found = ProcessTable.all();
            return found;
        }
    }

    private final Object making = new Object();
    /** Nobody has begun it; guarded by this. */
    private Look next = new Look();

    List<ProcessTable.Entry> all() {
        Look mine;
        synchronized (this) {
            mine = next;
        }
        // One at a time: while one is made, those who ask meanwhile gather for the next.
        synchronized (making) {
            synchronized (this) {
                if (next == mine) next = new Look();
            }
            return mine.at();
        }
    }
}
