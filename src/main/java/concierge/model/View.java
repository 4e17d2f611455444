package concierge.model;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Everything the planner knows, at one revision of the store. Immutable; the next one shares what did
 * not change, so building it costs what changed.
 *
 * @param deployments the active one of each stack, by stack
 * @param stacks by name
 * @param dirty the services that changed since the view that was planned last, or whose hosts did: only
 *     these are planned
 */
public record View(
        long revision,
        SharedMap<ServiceId, ServiceView> services,
        SharedMap<String, HostView> hosts,
        SharedMap<String, Deployment> deployments,
        SharedMap<String, StackRecord> stacks,
        SortedSet<ServiceId> dirty) {
    public View {
        dirty = Collections.unmodifiableSortedSet(dirty);
    }

    public static final View EMPTY =
            new View(0, SharedMap.empty(), SharedMap.empty(), SharedMap.empty(), SharedMap.empty(), new TreeSet<>());

    public Optional<ServiceView> service(ServiceId id) {
        return Optional.ofNullable(services.find(id));
    }

    public Optional<HostView> host(String name) {
        return Optional.ofNullable(hosts.find(name));
    }

    public Optional<InstanceView> instance(InstanceId id) {
        return service(id.service()).map(service -> service.instances().find(id.n()));
    }

    /** This view with every service dirty: plans the whole world. */
    public View allDirty() {
        return new View(revision, services, hosts, deployments, stacks, new TreeSet<>(services.sortedKeys()));
    }
}
