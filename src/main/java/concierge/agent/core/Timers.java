package concierge.agent.core;

import concierge.model.InstanceId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;

/** When which instance is to be looked at again. Confined to the core. An early look is harmless, so entries are never taken back. */
final class Timers {
    private record Entry(Instant at, InstanceId instance) {}

    private final PriorityQueue<Entry> queue =
            new PriorityQueue<>(Comparator.comparing(Entry::at).thenComparing(Entry::instance));

    void add(Instant at, InstanceId instance) {
        queue.add(new Entry(at, instance));
    }

    List<InstanceId> due(Instant now) {
        List<InstanceId> due = new ArrayList<>();
        for (Entry head = queue.peek(); head != null && !head.at.isAfter(now); head = queue.peek()) {
            due.add(head.instance);
            queue.remove();
        }
        return due;
    }

    Optional<Instant> next() {
        return Optional.ofNullable(queue.peek()).map(Entry::at);
    }
}
