package concierge.store;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The leases of a store inside this process, and the keys that live under them. Not thread-safe: the
 * store guards it. Nothing here is durable: no lease survives its process.
 */
public final class LeaseTable {
    private final Map<Long, Held> leases = new HashMap<>();
    private final Map<String, Held> byKey = new HashMap<>();
    private final InstantSource clock;
    private long lastId;

    private static final class Held {
        final long id;
        final Duration timeToLive;
        final SortedSet<String> keys = new TreeSet<>(KeyOrder.COMPARATOR);
        Instant due;

        Held(long id, Duration timeToLive, Instant due) {
            this.id = id;
            this.timeToLive = timeToLive;
            this.due = due;
        }
    }

    /** @param clock best a monotonic one: a lease must not end because somebody set the time */
    public LeaseTable(InstantSource clock, long lastId) {
        this.clock = clock;
        this.lastId = lastId;
    }

    public long grant(Duration timeToLive) {
        if (timeToLive.compareTo(Limits.SHORTEST_LEASE) < 0) {
            throw new IllegalArgumentException("lease: " + timeToLive + " (expected: at least " + Limits.SHORTEST_LEASE + ")");
        }
        lastId++;
        leases.put(lastId, new Held(lastId, timeToLive, clock.instant().plus(timeToLive)));
        return lastId;
    }

    /** Starts its time anew; false once its time is over, even if its keys are still being removed. */
    public boolean keepAlive(long id) {
        Held held = leases.get(id);
        if (held == null || isDue(held)) return false;
        held.due = clock.instant().plus(held.timeToLive);
        return true;
    }

    /** Whether a key may be put under it; 0, no lease, always may. */
    public boolean isHeld(long id) {
        Held held = leases.get(id);
        return id == 0 || held != null && !isDue(held);
    }

    /** The key lives under this lease from now on, and under no other; 0: under none. */
    public void attach(long id, String key) {
        detach(key);
        Held held = id == 0 ? null : leases.get(id);
        if (held == null) return;
        held.keys.add(key);
        byKey.put(key, held);
    }

    public void detach(String key) {
        Held held = byKey.remove(key);
        if (held != null) held.keys.remove(key);
    }

    /** The keys that live under a lease now, in order. */
    public List<String> keys(long id) {
        Held held = leases.get(id);
        return held == null ? List.of() : List.copyOf(held.keys);
    }

    /** Ends a lease; the keys that go with it, in order. */
    public List<String> end(long id) {
        Held held = leases.remove(id);
        if (held == null) return List.of();
        held.keys.forEach(byKey::remove);
        return List.copyOf(held.keys);
    }

    /** Leases whose time is over, oldest id first. */
    public List<Long> due() {
        List<Long> due = new ArrayList<>();
        for (Held held : leases.values()) if (isDue(held)) due.add(held.id);
        due.sort(null);
        return due;
    }

    /** How long until the next lease is due; empty: there are none. */
    public Optional<Duration> untilDue() {
        @Nullable Instant next = null;
        for (Held held : leases.values()) if (next == null || held.due.isBefore(next)) next = held.due;
        if (next == null) return Optional.empty();
        Duration left = Duration.between(clock.instant(), next);
        return Optional.of(left.isNegative() ? Duration.ZERO : left);
    }

    private boolean isDue(Held held) {
        return !held.due.isAfter(clock.instant());
    }
}
