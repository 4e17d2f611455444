package concierge.router;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/** Counts what is under way at each target, remembers who could not be reached, and picks one with the least. Thread-safe. */
final class Balancer {
    private final Duration rest;
    private final LongSupplier clock;
    private final Map<String, Integer> underWay = new ConcurrentHashMap<>();
    private final Map<String, Long> restsUntil = new ConcurrentHashMap<>();

    /**
     * @param rest how long a target that could not be reached is passed over where there are others
     * @param clock nanoseconds from anywhere
     */
    Balancer(Duration rest, LongSupplier clock) {
        this.rest = rest;
        this.clock = clock;
    }

    /** @param tried targets that have failed this request already */
    Optional<String> pick(List<String> targets, Set<String> tried) {
        if (!restsUntil.isEmpty()) {
            Optional<String> rested = least(targets.stream().filter(target -> !rests(target)).toList(), tried);
            if (rested.isPresent()) return rested;
        }
        return least(targets, tried);
    }

    private boolean rests(String target) {
        Long until = restsUntil.get(target);
        if (until == null) return false;
        if (clock.getAsLong() - until < 0) return true;
        restsUntil.remove(target, until);
        return false;
    }

    private Optional<String> least(List<String> targets, Set<String> tried) {
        List<String> best = new ArrayList<>();
        int least = Integer.MAX_VALUE;
        for (String target : targets) {
            if (tried.contains(target)) continue;
            int load = underWay.getOrDefault(target, 0);
            if (load < least) best.clear();
            if (load <= least) best.add(target);
            least = Math.min(least, load);
        }
        // Among equals by chance: always the first would leave the others cold.
        return best.isEmpty() ? Optional.empty() : Optional.of(best.get(ThreadLocalRandom.current().nextInt(best.size())));
    }

    /** No connection could be made to it. */
    void unreachable(String target) {
        restsUntil.put(target, clock.getAsLong() + rest.toNanos());
    }

    /** It has answered. */
    void answered(String target) {
        if (!restsUntil.isEmpty()) restsUntil.remove(target);
    }

    void began(String target) {
        underWay.merge(target, 1, Integer::sum);
    }

    void ended(String target) {
        underWay.computeIfPresent(target, (_, count) -> count <= 1 ? null : count - 1);
    }

    int load(String target) {
        return underWay.getOrDefault(target, 0);
    }
}
