package concierge.state;

import concierge.model.HostRecord;
import concierge.model.HostView;
import concierge.model.InstanceId;
import concierge.model.InstanceView;
import concierge.model.Port;
import concierge.model.Resources;
import concierge.model.SharedMap;
import java.util.HashMap;
import java.util.HashSet;
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
    /** Of hosts that are here and of those that may come back. */
    private final Map<String, Cordon> cordons = new HashMap<>();

    /** Why hosts that were lost again and again get nothing new. */
    private final Map<String, String> flapping = new HashMap<>();

    /** What people said about a host. */
    enum Cordon {
        none,
        cordon,
        drain;

        /** What a newer program may say besides keeps new instances away, too. */
        static Cordon of(String text) {
            return text.equals(drain.name()) ? drain : cordon;
        }
    }

    private static final class Usage {
        Optional<HostRecord> record = Optional.empty();
        long cpuMillis;
        long memoryBytes;
        int count;
        /** How many are assigned to it, the ended ones included. */
        int assigned;
        /** Who claims each fixed port: more than one only while something is wrong, and then the first counts. */
        final Map<String, TreeSet<InstanceId>> claims = new HashMap<>(0);

        SortedMap<String, InstanceId> ports() {
            SortedMap<String, InstanceId> ports = new TreeMap<>();
            claims.forEach((port, claimants) -> ports.put(port, claimants.first()));
            return ports;
        }
    }

    void record(String host, Optional<HostRecord> record) {
        Usage usage = usage(host);
        if (usage.record.equals(record)) return;
        usage.record = record;
        changed.add(host);
    }

    void cordon(String host, Cordon said) {
        Cordon before = said == Cordon.none ? cordons.remove(host) : cordons.put(host, said);
        if (before != said && usages.containsKey(host)) changed.add(host);
    }

    /** @param why it gets nothing new for now; empty: it does */
    void flapping(String host, String why) {
        String before = why.isEmpty() ? flapping.remove(host) : flapping.put(host, why);
        if (!why.equals(before == null ? "" : before) && usages.containsKey(host)) changed.add(host);
    }

    private HostRecord shown(String host, HostRecord record) {
        HostRecord said = said(host, record);
        String why = flapping.get(host);
        return why == null ? said : said.withCordon(said.draining()).withRemark(why);
    }

    private HostRecord said(String host, HostRecord record) {
        return switch (cordons.getOrDefault(host, Cordon.none)) {
            case none -> record;
            case cordon -> record.withCordon(false);
            case drain -> record.withCordon(true);
        };
    }

    /** An instance changed: null where it is not assigned, before or now. */
    void replace(@Nullable InstanceView old, @Nullable InstanceView now) {
        boolean moved = old == null || now == null || !old.host().equals(now.host());
        if (moved && old != null) usage(old.host()).assigned--;
        if (moved && now != null) usage(now.host()).assigned++;
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

    private static void vacate(Usage usage, InstanceView instance) {
        usage.count--;
        usage.cpuMillis -= instance.spec().resources().cpuMillis();
        usage.memoryBytes -= instance.spec().resources().memoryBytes();
        for (Port port : instance.spec().ports()) {
            usage.claims.computeIfPresent(name(port), (_, claimants) -> without(claimants, instance.id()));
        }
    }

    private static String name(Port port) {
        return port.host().orElse(0) + "/" + port.protocol();
    }

    private static @Nullable TreeSet<InstanceId> without(TreeSet<InstanceId> claimants, InstanceId gone) {
        claimants.remove(gone);
        return claimants.isEmpty() ? null : claimants;
    }

    SharedMap<String, HostView> build(SharedMap<String, HostView> before) {
        Map<String, @Nullable HostView> views = new HashMap<>();
        for (String host : changed) {
            Usage usage = usage(host);
            boolean gone = usage.record.isEmpty() && usage.assigned == 0;
            if (gone) usages.remove(host);
            views.put(host, gone ? null : new HostView(
                    host, usage.record.map(record -> shown(host, record)), false, new Resources(usage.cpuMillis, usage.memoryBytes), usage.count, usage.ports()));
        }
        changed.clear();
        return before.with(views);
    }

    private Usage usage(String host) {
        return usages.computeIfAbsent(host, _ -> new Usage());
    }
}
