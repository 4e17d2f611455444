package concierge.control;

import concierge.model.HostView;
import concierge.model.SharedMap;
import concierge.model.View;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Gives hosts up that are away for too long, by the leader's own clock. */
final class HostWatch {
    private final Duration lostAfter;
    private SharedMap<String, HostView> seen = SharedMap.empty();
    private final Map<String, Instant> awaySince = new HashMap<>();

    /** The hosts that are lost, as the view of the store has them and as they are told. */
    private final Map<String, HostView> given = new HashMap<>();

    HostWatch(Duration lostAfter) {
        this.lostAfter = lostAfter;
    }

    void observe(View view, Instant now) {
        view.hosts().forEachChange(seen, (name, host) -> {
            if (host == null || host.record().isPresent()) {
                awaySince.remove(name);
                given.remove(name);
            } else {
                awaySince.putIfAbsent(name, now);
                if (given.containsKey(name)) given.put(name, lost(host));
            }
        });
        seen = view.hosts();
    }

    /** Gives up those whose time is over. */
    void expire(Instant now) {
        awaySince.forEach((name, since) -> {
            if (given.containsKey(name) || since.plus(lostAfter).isAfter(now)) return;
            HostView host = seen.find(name);
            if (host != null) given.put(name, lost(host));
        });
    }

    /** When the next one is to be given up. */
    Optional<Instant> deadline() {
        return awaySince.entrySet().stream()
                .filter(away -> !given.containsKey(away.getKey()))
                .map(Map.Entry::getValue)
                .min(Instant::compareTo)
                .map(since -> since.plus(lostAfter));
    }

    private static HostView lost(HostView host) {
        return new HostView(host.name(), host.record(), true, host.used(), host.instances(), host.hostPorts());
    }

    /** Those that were given up. */
    Set<String> lost() {
        return Set.copyOf(given.keySet());
    }

    /** A view of others with these hosts given up, unless they are back in it. */
    static View mark(View view, Set<String> lost) {
        Map<String, HostView> marked = new HashMap<>();
        for (String name : lost) {
            HostView host = view.hosts().find(name);
            if (host != null && host.record().isEmpty()) marked.put(name, lost(host));
        }
        return new View(
                view.revision(), view.services(), view.hosts().with(marked), view.deployments(), view.stacks(), view.dirty());
    }

    /** The view with the lost hosts marked. */
    View mark(View view) {
        if (given.isEmpty()) return view;
        return new View(
                view.revision(), view.services(), view.hosts().with(given), view.deployments(), view.stacks(), view.dirty());
    }
}
