package concierge;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a role has opened; what was opened last is closed first. One thread. */
final class Opened implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Opened.class);

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    <T extends AutoCloseable> T own(T part) {
        parts.push(part);
        return part;
    }

    /** One part that fails to close must not keep the others open. */
    @Override
    public void close() {
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.pop();
            try {
                part.close();
            } catch (Exception e) {
                LOG.warn("part did not close cleanly part={}", part.getClass().getSimpleName(), e);
            }
        }
    }
}
