package concierge.source.portier;

import concierge.model.Filter;
import concierge.model.HostRecord;
import concierge.model.HostView;
import concierge.model.Resources;
import concierge.model.ServiceSpec;
import concierge.model.View;
import java.util.ArrayList;
import java.util.List;

/**
 * What the hosts have room for besides what runs there. A guess that the planner may correct: a task that finds no place
 * after all is given back. One use, one thread.
 */
final class Room {
    private final List<Free> hosts = new ArrayList<>();

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

        boolean takes(ServiceSpec spec) {
            Resources wanted = spec.resources();
            Resources largest = host.largest();
            return spec.executors().stream().anyMatch(host.executors()::contains)
                    && spec.filters().stream().filter(filter -> !filter.flexible()).map(Filter::tag).allMatch(host.tags()::contains)
                    && fits(host.capacity().cpuMillis(), used.cpuMillis(), wanted.cpuMillis())
                    && fits(host.capacity().memoryBytes(), used.memoryBytes(), wanted.memoryBytes())
                    && fits(largest.cpuMillis(), 0, wanted.cpuMillis())
                    && fits(largest.memoryBytes(), 0, wanted.memoryBytes());
        }
    }

    Room(View view) {
        for (String name : view.hosts().sortedKeys()) {
            HostView host = view.host(name).orElseThrow();
            if (host.lost()) continue;
            host.record().filter(record -> !record.cordoned() && !record.draining()).ifPresent(record -> hosts.add(new Free(record, host.used())));
        }
    }

    /** Sets room aside; false: there is none. */
    boolean take(ServiceSpec spec) {
        for (Free free : hosts) {
            if (!free.takes(spec)) continue;
            free.used = free.used.plus(spec.resources());
            return true;
        }
        return false;
    }
}
