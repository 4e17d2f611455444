package concierge.source.portier;

import concierge.json.Json;
import concierge.state.Keys;
import concierge.state.Writes;
import concierge.store.Store;
import concierge.store.Transaction;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/**
 * How it is with the queue, as the leader has it and any server tells it.
 *
 * @param trouble with the queue; empty: it answers
 * @param drained nothing is ours, and nothing will be until it is resumed
 * @param unclaimed available tasks that are not claimed here; at most {@link #MOST} of them
 * @param more of those, not listed
 */
public record Standing(String trouble, boolean drained, List<Unclaimed> unclaimed, int more) {
    /** As many as anybody reads; each is some hundred bytes of one value in the store. */
    static final int MOST = 100;

    static final Standing WELL = new Standing("", false, List.of(), 0);

    /**
     * An available task that is not claimed.
     *
     * @param again until then it is left alone; empty: it is looked at with each beat
     */
    public record Unclaimed(String task, String type, String reason, Optional<Instant> again) {}

    public Standing {
        unclaimed = List.copyOf(unclaimed);
    }

    /** That the queue answers, and what it has for others. */
    Standing heard(List<Unclaimed> all) {
        int shown = Math.min(MOST, all.size());
        return new Standing("", drained, all.subList(0, shown), all.size() - shown);
    }

    Standing with(String other) {
        return new Standing(other, drained, unclaimed, more);
    }

    Standing drained(boolean now) {
        return new Standing(trouble, now, unclaimed, more);
    }

    /** As it was told last; well where nobody has told anything. */
    public static Standing read(Store store) {
        return store.find(Keys.PORTIER_STANDING).flatMap(entry -> read(entry.value().text())).orElse(WELL);
    }

    private static Optional<Standing> read(String text) {
        try {
            return Optional.of(Json.read(text, Standing.class));
        } catch (JacksonException e) {
            // Another version's: the next beat writes it anew.
            return Optional.empty();
        }
    }

    /** The commit that tells it; of the leader alone. */
    Transaction transaction(String id, long fence) {
        Transaction.Builder to = Transaction.id(id);
        Writes.fence(to, fence);
        return to.put(Keys.PORTIER_STANDING, Json.write(this)).build();
    }
}
