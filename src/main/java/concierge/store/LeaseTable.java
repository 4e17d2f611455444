package concierge.store;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The leases of a store inside this process, and the keys that live under them. Not thread-safe: the
 * store guards it. Nothing here is durable: no lease survives its process.
 */
public final class LeaseTable {
    /** By when they are due: ten thousand hosts' leases are looked at each time one is granted or kept alive. */
    private static final Comparator<Held> BY_DUE = Comparator.comparing((Held held) -> held.due).thenComparingLong(held -> held.id);

    private final Map<Long, Held> leases = new HashMap<>();
    private final SortedSet<Held> byDue = new TreeSet<>(BY_DUE);
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
        Held held = new Held(lastId, timeToLive, clock.instant().plus(timeToLive));
        leases.put(lastId, held);
        byDue.add(held);
        return lastId;
    }

    /** Starts its time anew; false once its time is over, even if its keys are still being removed. */
    public boolean keepAlive(long id) {
        Held held = leases.get(id);
        if (held == null || isDue(held, clock.instant())) return false;
        byDue.remove(held);
        held.due = clock.instant().plus(held.timeToLive);
        byDue.add(held);
        return true;
    }

    /** Whether a key may be put under it; 0, no lease, always may. */
    public boolean isHeld(long id) {
        if (id == 0) return true;
        Held held = leases.get(id);
        return held != null && !isDue(held, clock.instant());
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
        byDue.remove(held);
        held.keys.forEach(byKey::remove);
        return List.copyOf(held.keys);
    }

    /** Leases whose time is over, oldest id first. */
    public List<Long> due() {
        List<Long> due = new ArrayList<>();
        Instant now = clock.instant();
        for (Held held : byDue) {
            if (!isDue(held, now)) break;
            due.add(held.id);
        }
        due.sort(null);
        return due;
    }

    /** How long until the next lease is due; empty: there are none. */
    public Optional<Duration> untilDue() {
        if (byDue.isEmpty()) return Optional.empty();
        Duration left = Duration.between(clock.instant(), byDue.first().due);
        return Optional.of(left.isNegative() ? Duration.ZERO : left);
    }

    private static boolean isDue(Held held, Instant now) {
        return !held.due.isAfter(now);
    }
}
