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

    void enter(InstanceView instance) {
        Usage usage = usage(instance.host());
        usage.cpuMillis += instance.spec().resources().cpuMillis();
        usage.memoryBytes += instance.spec().resources().memoryBytes();
        usage.instances.add(instance.id());
        for (Port port : instance.spec().ports()) {
            if (port.host().isPresent()) usage.claims.computeIfAbsent(name(port), _ -> new TreeSet<>()).add(instance.id());
        }
        changed.add(instance.host());
    }

    void leave(InstanceView instance) {
        Usage usage = usage(instance.host());
        usage.cpuMillis -= instance.spec().resources().cpuMillis();
        usage.memoryBytes -= instance.spec().resources().memoryBytes();
        removeOne(usage.instances, instance.id());
        for (Port port : instance.spec().ports()) {
            usage.claims.computeIfPresent(name(port), (_, claimants) -> without(claimants, instance.id()));
        }
        changed.add(instance.host());
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
                    host, usage.record, false, new Resources(usage.cpuMillis, usage.memoryBytes), usage.instances.size(), usage.ports()));
        }
        changed.clear();
        return before.with(views);
    }

    private Usage usage(String host) {
        return usages.computeIfAbsent(host, _ -> new Usage());
    }
}
