package concierge.plan;

import concierge.model.HostRecord;
import concierge.model.HostView;
import concierge.model.InstanceView;
import concierge.model.Link;
import concierge.model.Resources;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.ServiceView;
import concierge.model.View;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds out which services the difference between two views concerns: those that changed, those that link
 * to them, those with instances to move when a move came or ended, those of a stack whose record or deployment changed, those on a host that was lost or is drained, and those
 * that wait for room when some host has more of it. Remembers the view it was shown last; costs what
 * changed. Single-threaded.
 */
public final class Ripple {
    private final Stacks stacks = new Stacks();
    /** {@code stack/service}, whatever the tag, to the services that link to it. */
    private final TreeMap<String, Set<ServiceId>> consumers = new TreeMap<>();

    private final Set<ServiceId> waiting = new HashSet<>();
    private View last = View.EMPTY;

    /** The services to plan because of what differs from the view before; all of them for the first one. */
    public SortedSet<ServiceId> reach(View view) {
        TreeSet<ServiceId> reached = new TreeSet<>();
        View before = last;
        last = view;
        stacks.load(view.services());
        view.services().forEachChange(before.services(), (id, service) -> {
            follow(id, before.services().find(id), service);
            reached.add(id);
        });
        for (ServiceId changed : List.copyOf(reached)) {
            reached.addAll(consumers.getOrDefault(changed.stack() + "/" + changed.service(), Set.of()));
        }
        reachStacks(view, before, reached);
        reachMoves(view, before, reached);
        reachHosts(view, before, reached);
        return reached;
    }

    private void follow(ServiceId id, @Nullable ServiceView before, @Nullable ServiceView now) {
        ServiceSpec specBefore = before == null ? null : before.spec().orElse(null);
        ServiceSpec specNow = now == null ? null : now.spec().orElse(null);
        if (specBefore != specNow) {
            if (specBefore != null) for (Link link : specBefore.links()) remove(key(id, link), id);
            if (specNow != null) {
                for (Link link : specNow.links()) consumers.computeIfAbsent(key(id, link), _ -> new HashSet<>()).add(id);
            }
        }
        if (now != null && !now.pending().isEmpty()) waiting.add(id);
        else waiting.remove(id);
    }

    private void remove(String key, ServiceId id) {
        Set<ServiceId> left = consumers.get(key);
        if (left == null) return;
        left.remove(id);
        if (left.isEmpty()) consumers.remove(key);
    }

    private static String key(ServiceId consumer, Link link) {
        return link.stack().orElse(consumer.stack()) + "/" + link.service();
    }

    private void reachStacks(View view, View before, Set<ServiceId> reached) {
        view.deployments().forEachChange(before.deployments(), (stack, _) -> reached.addAll(stacks.of(stack)));
        view.stacks().forEachChange(before.stacks(), (stack, _) -> {
            reached.addAll(stacks.of(stack));
            SortedMap<String, Set<ServiceId>> linked = consumers.subMap(stack + "/", stack + "0");
            linked.values().forEach(reached::addAll);
        });
    }

    /** Moves wait for each other; there are few. */
    private static void reachMoves(View view, View before, Set<ServiceId> reached) {
        if (view.moves() == before.moves()) return;
        view.moves().forEach((id, _) -> reached.add(id));
    }

    private void reachHosts(View view, View before, Set<ServiceId> reached) {
        Set<String> left = new HashSet<>();
        boolean[] room = {false};
        view.hosts().forEachChange(before.hosts(), (name, host) -> {
            HostView old = before.hosts().find(name);
            if (host != null && host.lost() && (old == null || !old.lost())) left.add(name);
            if (host != null && host.stopped() && (old == null || !old.stopped())) left.add(name);
            if (host != null && drains(host) && (old == null || !drains(old))) left.add(name);
            if (host != null && (old == null || hasMoreRoom(old, host))) room[0] = true;
        });
        if (room[0]) reached.addAll(waiting);
        if (left.isEmpty()) return;
        // Rare enough to look at everything rather than to keep an index of a million instances for it.
        view.services().forEach((id, service) -> {
            for (InstanceView instance : service.instances().values()) if (left.contains(instance.host())) reached.add(id);
        });
    }

    private static boolean drains(HostView host) {
        return host.record().filter(HostRecord::draining).isPresent();
    }

    private static boolean hasMoreRoom(HostView old, HostView now) {
        if (old.lost() != now.lost() || !old.record().equals(now.record())) return true;
        Resources before = old.used();
        Resources used = now.used();
        return used.cpuMillis() < before.cpuMillis()
                || used.memoryBytes() < before.memoryBytes()
                || now.instances() < old.instances()
                || !now.hostPorts().keySet().containsAll(old.hostPorts().keySet());
    }
}
