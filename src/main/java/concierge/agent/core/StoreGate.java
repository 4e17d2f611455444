package concierge.agent.core;

import concierge.agent.instance.AgentLimits;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Whether the store may be obeyed: it was read completely, is ours, and tells its changes. Asks for
 * readings, ever rarer while they fail. Confined to the core.
 */
final class StoreGate {
    private final RandomGenerator random;
    private final Consumer<AgentEffect> effects;
    private long reading;
    private boolean pending;
    private boolean open;
    private boolean wasOpen;
    private int failures;
    private long revision;
    private Instant readAt = Instant.MAX;
    private Instant doubtAt = Instant.MAX;
    /** Why it was lost, and when that was said last; the oldest first. */
    private final Map<String, Instant> said = new LinkedHashMap<>();
    /** The store was read since something of this generation was seen. */
    private long sought;

    StoreGate(RandomGenerator random, Consumer<AgentEffect> effects) {
        this.random = random;
        this.effects = effects;
    }

    boolean isOpen() {
        return open;
    }

    /** Assignments are known up to here. */
    long revision() {
        return revision;
    }

    boolean isCurrent(long reading) {
        return reading == this.reading;
    }

    void read() {
        readAt = Instant.MAX;
        doubtAt = Instant.MAX;
        pending = true;
        effects.accept(new AgentEffect.ReadStore(++reading));
    }

    /** Nothing is obeyed until the store was read once more. */
    void readAgain() {
        if (!open) return;
        open = false;
        read();
    }

    /** A complete reading of our store came; whether it was the first ever. */
    boolean opened(long revision) {
        boolean first = !wasOpen;
        open = true;
        wasOpen = true;
        pending = false;
        failures = 0;
        // It may be an earlier one: a store that was put back knows less than it did.
        this.revision = revision;
        return first;
    }

    /** Takes a batch's revision; false: it was known. */
    boolean advance(long revision) {
        if (!open || revision <= this.revision) return false;
        this.revision = revision;
        return true;
    }

    void lost(String reason, Instant now) {
        if (!open && !pending) return;
        open = false;
        pending = false;
        readAt = now.plus(AgentLimits.READ.pause(failures++, random.nextDouble()));
        said.values().removeIf(at -> !now.isBefore(at.plus(AgentLimits.REMINDED)));
        if (said.size() < AgentLimits.REASONS && said.putIfAbsent(reason, now) == null) effects.accept(new AgentEffect.Say("store lost reason=\"" + reason + "\""));
    }

    /** A commit met a conflict that the watch should explain soon. */
    void doubt(Instant now) {
        doubtWithin(AgentLimits.CONFLICT_PATIENCE, now);
    }

    /**
     * Something of a generation was seen that the store has not reached. The first time that may be news which has not
     * come yet: nothing is obeyed until the store was read. If it is behind even then, it went back in time: it is
     * looked at again now and then, and obeyed in all else.
     *
     * @param newest the newest generation of all that is seen: one reading is for all of them
     */
    void behind(long generation, LongSupplier newest, Instant now) {
        if (generation > sought) {
            sought = newest.getAsLong();
            readAgain();
        } else {
            doubtWithin(AgentLimits.BEHIND_LOOK, now);
        }
    }

    private void doubtWithin(Duration patience, Instant now) {
        Instant at = now.plus(patience);
        if (at.isBefore(doubtAt)) doubtAt = at;
    }

    void onTime(Instant now) {
        if (!now.isBefore(readAt)) read();
        else if (!now.isBefore(doubtAt) && open) read();
    }

    /** A doubt waits until the store is open again: before that there is nothing to do about it. */
    Instant wakeAt() {
        Instant doubted = open ? doubtAt : Instant.MAX;
        return readAt.isBefore(doubted) ? readAt : doubted;
    }
}
