package concierge.router;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** Counts what is under way at each target, and picks one with the least. Thread-safe. */
final class Balancer {
    private final Map<String, Integer> underWay = new ConcurrentHashMap<>();

    /** @param tried targets that have failed this request already */
    Optional<String> pick(List<String> targets, Set<String> tried) {
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
