package concierge.model;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that the state says of one service.
 *
 * @param intent empty: nobody wants it any more, but instances may be left
 * @param spec what {@code intent} refers to; empty with it, or while it has not been read yet
 * @param instances the allocated ones
 * @param pins the host that each pinned number belongs to
 * @param pending why numbers that are wanted are not placed, by number
 */
public record ServiceView(
        ServiceId id,
        Optional<Intent> intent,
        Optional<ServiceSpec> spec,
        Instances instances,
        SortedMap<Integer, String> pins,
        SortedMap<Integer, String> pending) {
    public ServiceView {
        // Mostly empty, and there may be a hundred thousand of these: share the empty map.
        pins = pins.isEmpty() ? Collections.emptySortedMap() : Collections.unmodifiableSortedMap(pins);
        pending = pending.isEmpty() ? Collections.emptySortedMap() : Collections.unmodifiableSortedMap(pending);
    }

    public static ServiceView empty(ServiceId id) {
        return new ServiceView(id, Optional.empty(), Optional.empty(), Instances.NONE, new TreeMap<>(), new TreeMap<>());
    }

    public boolean isEmpty() {
        return intent.isEmpty() && instances.isEmpty() && pins.isEmpty() && pending.isEmpty();
    }

    public long readyCount() {
        return instances.values().stream().filter(InstanceView::isReady).count();
    }

    /** The same service with other instances. */
    public ServiceView with(Instances others) {
        return new ServiceView(id, intent, spec, others, pins, pending);
    }
}
