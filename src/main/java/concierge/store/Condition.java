package concierge.store;

import java.time.Instant;

/** How a store does, as far as was seen of it. */
public sealed interface Condition {
    /** It answers and takes changes. */
    record Well() implements Condition {}

    /** It answers, and takes no changes. */
    record Closed(String reason) implements Condition {}

    /** @param since when it answered last */
    record Away(Instant since, String reason) implements Condition {}
}
