package concierge.state;

import concierge.model.InstanceId;
import concierge.model.Intent;
import concierge.model.Link;
import concierge.model.ServiceId;
import concierge.model.ServiceView;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Which services have to be planned again, and the indexes that tell so from what changed. */
final class Dirt {
    private final Set<ServiceId> dirty = new HashSet<>();
    private final Set<ServiceId> changed = new HashSet<>();
    private final Set<String> changedStacks = new HashSet<>();
    private final Set<ServiceId> unplaced = new HashSet<>();
    private final Map<String, Set<ServiceId>> byStack = new HashMap<>();
    private final Map<String, Set<ServiceId>> byName = new HashMap<>();
    private final Map<String, Set<ServiceId>> byTarget = new HashMap<>();
    private final Map<ServiceId, List<String>> targets = new HashMap<>();

    void changed(ServiceId service) {
        changed.add(service);
    }

    void touch(Collection<ServiceId> services) {
        dirty.addAll(services);
    }

    void stack(String stack) {
        changedStacks.add(stack);
    }

    /** There is such a service, or may be at the end of the batch. */
    void met(ServiceId id) {
        byStack.computeIfAbsent(id.stack(), _ -> new HashSet<>()).add(id);
        byName.computeIfAbsent(name(id), _ -> new HashSet<>()).add(id);
    }

    /** There is no such service any more. */
    void forget(ServiceId id) {
        remove(byStack, id.stack(), id);
        remove(byName, name(id), id);
        unplaced.remove(id);
        link(id, List.of());
    }

    /** Keeps the indexes up with a service as it is now. */
    void indexed(ServiceView service) {
        ServiceId id = service.id();
        int wanted = service.intent().map(Intent::wanted).orElse(0);
        if (wanted > service.instances().size() || !service.pending().isEmpty()) unplaced.add(id);
        else unplaced.remove(id);
        link(id, service.spec().map(spec -> spec.links().stream().map(link -> target(id, link)).toList()).orElse(List.of()));
    }

    private void link(ServiceId id, List<String> now) {
        List<String> before = targets.getOrDefault(id, List.of());
        if (now.equals(before)) return;
        for (String target : before) remove(byTarget, target, id);
        for (String target : now) byTarget.computeIfAbsent(target, _ -> new HashSet<>()).add(id);
        if (now.isEmpty()) targets.remove(id);
        else targets.put(id, now);
    }

    /** The services of that name under any tag. */
    List<ServiceId> named(String stack, String service) {
        return List.copyOf(byName.getOrDefault(stack + "/" + service, Set.of()));
    }

    /** Turns what changed since the last time into dirty services. */
    void settle(Hosts.Dirty hosts, Hosts standing) {
        for (ServiceId service : changed) {
            dirty.add(service);
            dirty.addAll(byTarget.getOrDefault(name(service), Set.of()));
        }
        for (String host : hosts.records()) {
            for (InstanceId instance : standing.on(host)) dirty.add(instance.service());
        }
        if (hosts.room()) dirty.addAll(unplaced);
        for (String stack : changedStacks) dirty.addAll(byStack.getOrDefault(stack, Set.of()));
        changed.clear();
        changedStacks.clear();
    }

    Set<ServiceId> services() {
        return new TreeSet<>(dirty);
    }

    void clear() {
        dirty.clear();
    }

    private static String name(ServiceId id) {
        return id.stack() + "/" + id.service();
    }

    /** A link names a service under whatever tag it runs. */
    private static String target(ServiceId own, Link link) {
        return link.stack().orElse(own.stack()) + "/" + link.service();
    }

    private static void remove(Map<String, Set<ServiceId>> index, String key, ServiceId id) {
        Set<ServiceId> ids = index.get(key);
        if (ids == null) return;
        ids.remove(id);
        if (ids.isEmpty()) index.remove(key);
    }
}
