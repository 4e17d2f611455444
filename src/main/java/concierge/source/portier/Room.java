package concierge.source.portier;

import concierge.model.Amounts;
import concierge.model.ExecutorKind;
import concierge.model.Filter;
import concierge.model.HostRecord;
import concierge.model.HostView;
import concierge.model.Resources;
import concierge.model.ServiceSpec;
import concierge.model.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What the hosts have room for besides what runs there. A guess that the planner may correct: a task that finds no place
 * after all is given back. One use, one thread.
 */
final class Room {
    private final List<Free> hosts = new ArrayList<>();
    /** How many take nothing, by why. */
    private final Map<String, Integer> closed = new TreeMap<>();

    private static final class Free {
        final HostRecord host;
        Resources used;

        Free(HostRecord host, Resources used) {
            this.host = host;
            this.used = used;
        }

        /** @param capacity 0 in a component: unlimited */
        private static boolean fits(long capacity, long used, long wanted) {
            return capacity == 0 || used + wanted <= capacity;
        }

        /** Empty: nothing. */
        Optional<String> lacks(ServiceSpec spec) {
            Resources wanted = spec.resources();
            Resources largest = host.largest();
            if (spec.executors().stream().noneMatch(host.executors()::contains)) {
                return Optional.of("without " + spec.executors().stream().map(ExecutorKind::name).collect(Collectors.joining(" or ")));
            }
            Optional<String> tag = spec.filters().stream().filter(filter -> !filter.flexible()).map(Filter::tag).filter(it -> !host.tags().contains(it)).findFirst();
            if (tag.isPresent()) return Optional.of("without tag " + tag.get());
            boolean cpu = fits(host.capacity().cpuMillis(), used.cpuMillis(), wanted.cpuMillis()) && fits(largest.cpuMillis(), 0, wanted.cpuMillis());
            if (!cpu) return Optional.of("short of CPU (need " + Amounts.cpu(wanted.cpuMillis()) + ")");
            boolean memory = fits(host.capacity().memoryBytes(), used.memoryBytes(), wanted.memoryBytes()) && fits(largest.memoryBytes(), 0, wanted.memoryBytes());
            return memory ? Optional.empty() : Optional.of("short of memory (need " + Amounts.memory(wanted.memoryBytes()) + ")");
        }
    }

    Room(View view) {
        for (String name : view.hosts().sortedKeys()) {
            HostView host = view.host(name).orElseThrow();
            Optional<HostRecord> record = host.record();
            if (host.lost() || record.isEmpty()) closed.merge("lost", 1, Integer::sum);
            else if (record.get().cordoned() || record.get().draining()) closed.merge("cordoned", 1, Integer::sum);
            else hosts.add(new Free(record.get(), host.used()));
        }
    }

    /** Sets room aside; false: there is none. */
    boolean take(ServiceSpec spec) {
        Optional<Free> found = hosts.stream().filter(free -> free.lacks(spec).isEmpty()).findFirst();
        found.ifPresent(free -> free.used = free.used.plus(spec.resources()));
        return found.isPresent();
    }

    /** Why no host takes it, counted: {@code 3 hosts: 1 without tag db, 2 short of memory (need 512 MiB)}. */
    String shortage(ServiceSpec spec) {
        Map<String, Integer> counts = new TreeMap<>(closed);
        for (Free free : hosts) free.lacks(spec).ifPresent(lack -> counts.merge(lack, 1, Integer::sum));
        int all = counts.values().stream().mapToInt(Integer::intValue).sum();
        return Amounts.counted(all, "host") + (all == 0 ? "" : ": ")
                + counts.entrySet().stream().map(lack -> lack.getValue() + " " + lack.getKey()).collect(Collectors.joining(", "));
    }
}
