package concierge.plan;

import concierge.model.ServiceId;
import concierge.model.ServiceView;
import concierge.model.SharedMap;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The services of each stack. A cache of one view's services; following the next costs what differs, and
 * is put off until somebody asks.
 */
final class Stacks {
    private SharedMap<ServiceId, ServiceView> loaded = SharedMap.empty();
    private SharedMap<ServiceId, ServiceView> newest = loaded;
    private final Map<String, TreeSet<ServiceId>> services = new HashMap<>();

    void load(SharedMap<ServiceId, ServiceView> next) {
        newest = next;
    }

    private void catchUp() {
        if (newest == loaded) return;
        newest.forEachChange(loaded, (id, service) -> {
            if (service != null) services.computeIfAbsent(id.stack(), _ -> new TreeSet<>()).add(id);
            else remove(id);
        });
        loaded = newest;
    }

    private void remove(ServiceId id) {
        TreeSet<ServiceId> left = services.get(id.stack());
        if (left == null) return;
        left.remove(id);
        if (left.isEmpty()) services.remove(id.stack());
    }

    SortedSet<ServiceId> of(String stack) {
        catchUp();
        TreeSet<ServiceId> found = services.get(stack);
        return found == null ? Collections.emptySortedSet() : found;
    }
}
