package concierge.state;

import concierge.model.HostRecord;
import concierge.model.HostView;
import concierge.model.InstanceId;
import concierge.model.InstanceView;
import concierge.model.Port;
import concierge.model.Resources;
import concierge.model.SharedMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The hosts and what stands on them, kept up instance by instance. */
final class Hosts {
    private final Map<String, Usage> usages = new HashMap<>();
    private final Set<String> changed = new HashSet<>();
    private final Set<String> recordChanged = new HashSet<>();
    private boolean room;

    private static final class Usage {
        Optional<HostRecord> record = Optional.empty();
        long cpuMillis;
        long memoryBytes;
        int count;
        /** All that are assigned to it, the ended ones included. */
        final List<InstanceId> instances = new ArrayList<>(4);
        /** Who claims each fixed port: more than one only while something is wrong, and then the first counts. */
        final Map<String, TreeSet<InstanceId>> claims = new HashMap<>(0);

        SortedMap<String, InstanceId> ports() {
            SortedMap<String, InstanceId> ports = new TreeMap<>();
            claims.forEach((port, claimants) -> ports.put(port, claimants.first()));
            return ports;
        }
    }

    /** What since the last time may make services dirty. @param records hosts that came, went or changed @param room somewhere became free */
    record Dirty(Set<String> records, boolean room) {}

    void record(String host, Optional<HostRecord> record) {
        Usage usage = usage(host);
        if (usage.record.equals(record)) return;
        usage.record = record;
        changed.add(host);
        recordChanged.add(host);
    }

    /** An instance changed: null where it is not assigned, before or now. */
    void replace(@Nullable InstanceView old, @Nullable InstanceView now) {
        boolean moved = old == null || now == null || !old.host().equals(now.host());
        if (moved && old != null) removeOne(usage(old.host()).instances, old.id());
        if (moved && now != null) usage(now.host()).instances.add(now.id());
        boolean occupied = old != null && old.occupies();
        boolean occupies = now != null && now.occupies();
        boolean same = !moved && occupied == occupies && (old == null || now == null || old.spec() == now.spec());
        if (same) return;
        if (old != null) changed.add(old.host());
        if (now != null) changed.add(now.host());
        if (old != null && occupied) vacate(usage(old.host()), old);
        if (now != null && occupies) occupy(usage(now.host()), now);
    }

    private static void occupy(Usage usage, InstanceView instance) {
        usage.count++;
        usage.cpuMillis += instance.spec().resources().cpuMillis();
        usage.memoryBytes += instance.spec().resources().memoryBytes();
        for (Port port : instance.spec().ports()) {
            if (port.host().isPresent()) usage.claims.computeIfAbsent(name(port), _ -> new TreeSet<>()).add(instance.id());
        }
    }

    private void vacate(Usage usage, InstanceView instance) {
        usage.count--;
        usage.cpuMillis -= instance.spec().resources().cpuMillis();
        usage.memoryBytes -= instance.spec().resources().memoryBytes();
        for (Port port : instance.spec().ports()) {
            usage.claims.computeIfPresent(name(port), (_, claimants) -> without(claimants, instance.id()));
        }
        room = true;
    }

    /** The order does not matter, so the last one takes the place of the removed one. */
    private static void removeOne(List<InstanceId> instances, InstanceId gone) {
        int at = instances.lastIndexOf(gone);
        InstanceId last = instances.removeLast();
        if (at < instances.size()) instances.set(at, last);
    }

    private static String name(Port port) {
        return port.host().orElse(0) + "/" + port.protocol();
    }

    private static @Nullable TreeSet<InstanceId> without(TreeSet<InstanceId> claimants, InstanceId gone) {
        claimants.remove(gone);
        return claimants.isEmpty() ? null : claimants;
    }

    List<InstanceId> on(String host) {
        @Nullable Usage usage = usages.get(host);
        return usage == null ? List.of() : usage.instances;
    }

    Dirty takeDirty() {
        Dirty dirty = new Dirty(Set.copyOf(recordChanged), room || !recordChanged.isEmpty());
        recordChanged.clear();
        room = false;
        return dirty;
    }

    SharedMap<String, HostView> build(SharedMap<String, HostView> before) {
        Map<String, @Nullable HostView> views = new HashMap<>();
        for (String host : changed) {
            Usage usage = usage(host);
            boolean gone = usage.record.isEmpty() && usage.instances.isEmpty();
            if (gone) usages.remove(host);
            views.put(host, gone ? null : new HostView(
                    host, usage.record, false, new Resources(usage.cpuMillis, usage.memoryBytes), usage.count, usage.ports()));
        }
        changed.clear();
        return before.with(views);
    }

    private Usage usage(String host) {
        return usages.computeIfAbsent(host, _ -> new Usage());
    }
}
