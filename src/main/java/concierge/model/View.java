package concierge.model;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Everything the planner knows, at one revision of the store. Immutable; the next one shares what did
 * not change, so building it costs what changed.
 *
 * @param deployments the active one of each stack, by stack
 * @param stacks by name
 * @param moves the active ones of each service that has any, by the numbers of its instances
 * @param dirty the services that changed since the view that was planned last, or whose hosts did: only
 *     these are planned
 */
public record View(
        long revision,
        SharedMap<ServiceId, ServiceView> services,
        SharedMap<String, HostView> hosts,
        SharedMap<String, Deployment> deployments,
        SharedMap<String, StackRecord> stacks,
        SharedMap<ServiceId, SortedMap<Integer, MoveView>> moves,
        SortedSet<ServiceId> dirty) {
    public View {
        dirty = Collections.unmodifiableSortedSet(dirty);
    }

    /** Without anything that is to move. */
    public View(
            long revision,
            SharedMap<ServiceId, ServiceView> services,
            SharedMap<String, HostView> hosts,
            SharedMap<String, Deployment> deployments,
            SharedMap<String, StackRecord> stacks,
            SortedSet<ServiceId> dirty) {
        this(revision, services, hosts, deployments, stacks, SharedMap.empty(), dirty);
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
        return withDirty(new TreeSet<>(services.sortedKeys()));
    }

    public View withDirty(SortedSet<ServiceId> others) {
        return new View(revision, services, hosts, deployments, stacks, moves, others);
    }

    public View withHosts(SharedMap<String, HostView> others) {
        return new View(revision, services, others, deployments, stacks, moves, dirty);
    }

    /** What is to move of a service. */
    public SortedMap<Integer, MoveView> moves(ServiceId id) {
        SortedMap<Integer, MoveView> found = moves.size() == 0 ? null : moves.find(id);
        return found == null ? Collections.emptySortedMap() : found;
    }
}
