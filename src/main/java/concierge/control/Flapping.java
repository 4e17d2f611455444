package concierge.control;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Counts how often hosts are lost, by the leader's own clock: one that comes and goes costs a move of its instances each
 * time. From the third loss on it gets nothing new for a while, longer with each. A new leader counts anew.
 */
final class Flapping {
    /** Losses within it count: a machine that is restarted now and then does not. */
    static final Duration WINDOW = Duration.ofMinutes(30);

    /** Two can be one accident and its repair. */
    static final int LOSSES = 3;

    /** Doubles with each further loss. */
    static final Duration FIRST = Duration.ofMinutes(1);

    /** What nobody looks after heals by itself in the end. */
    static final Duration LONGEST = Duration.ofMinutes(15);

    private final Map<String, Deque<Instant>> losses = new HashMap<>();

    /** What to do about a host that was just lost. */
    Optional<ControlEffect.Calm> lost(String host, long fence, Instant now) {
        Deque<Instant> recent = losses.computeIfAbsent(host, _ -> new ArrayDeque<>());
        recent.add(now);
        while (recent.getFirst().isBefore(now.minus(WINDOW))) recent.remove();
        if (recent.size() < LOSSES) return Optional.empty();
        int doublings = Math.min(recent.size() - LOSSES, 10);
        Duration time = FIRST.multipliedBy(1L << doublings);
        Duration bounded = time.compareTo(LONGEST) > 0 ? LONGEST : time;
        String why = "flapping: lost " + recent.size() + " times within " + WINDOW.toMinutes() + " minutes, gets nothing new for "
                + bounded.toMinutes() + " min (concierge uncordon " + host + " ends that)";
        return Optional.of(new ControlEffect.Calm(host, why, bounded, fence));
    }
}
