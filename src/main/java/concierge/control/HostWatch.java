package concierge.control;

import concierge.model.HostView;
import concierge.model.Loss;
import concierge.model.SharedMap;
import concierge.model.View;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Gives hosts up that are away for too long, by the leader's own clock. */
final class HostWatch {
    private final Duration lostAfter;
    private SharedMap<String, HostView> seen = SharedMap.empty();
    private final Map<String, Instant> awaySince = new HashMap<>();

    /** The hosts that are lost, as the view of the store has them and as they are told. */
    private final Map<String, HostView> given = new HashMap<>();

    private final Set<String> empty = new TreeSet<>();

    HostWatch(Duration lostAfter) {
        this.lostAfter = lostAfter;
    }

    void observe(View view, Instant now) {
        view.hosts().forEachChange(seen, (name, host) -> {
            if (host == null && isExpected(name)) {
                awaySince.putIfAbsent(name, now);
            } else if (host == null || host.record().isPresent()) {
                awaySince.remove(name);
                given.remove(name);
            } else {
                awaySince.putIfAbsent(name, now);
                if (given.containsKey(name)) given.put(name, lost(host, given.get(name).stopped()));
            }
        });
        seen = view.hosts();
    }

    /** One with nothing on it leaves the view at once; whether it was there until now, or not for so long that it is lost. */
    private boolean isExpected(String name) {
        HostView before = seen.find(name);
        return before != null && !given.containsKey(name) && (before.record().isPresent() || awaySince.containsKey(name));
    }

    /** Gives up those whose time is over. */
    void expire(Instant now) {
        Duration patience = patience();
        awaySince.entrySet().removeIf(away -> {
            boolean lost = seen.find(away.getKey()) == null && !away.getValue().plus(patience).isAfter(now);
            return lost && empty.add(away.getKey());
        });
        awaySince.forEach((name, since) -> {
            HostView host = seen.find(name);
            if (host == null || since.plus(patience).isAfter(now)) return;
            boolean stopped = !since.plus(stoppedAfter()).isAfter(now);
            HostView before = given.get(name);
            if (before == null || before.stopped() != stopped) given.put(name, lost(host, stopped));
        });
    }

    /** Longer while most of the hosts are away: see {@link Loss#TOGETHER}. */
    private Duration patience() {
        long all = seen.size() + awaySince.keySet().stream().filter(name -> seen.find(name) == null).count();
        boolean most = 2 * awaySince.size() > all && awaySince.size() > 1;
        return most && lostAfter.compareTo(Loss.TOGETHER) < 0 ? Loss.TOGETHER : lostAfter;
    }

    private Duration stoppedAfter() {
        return lostAfter.compareTo(Loss.STOPPED_AFTER) < 0 ? Loss.STOPPED_AFTER : lostAfter;
    }

    /** When the next one is to be given up, or has stopped for certain what it was to stop. */
    Optional<Instant> deadline() {
        Duration patience = patience();
        return awaySince.entrySet().stream()
                .filter(away -> !given.containsKey(away.getKey()) || !given.get(away.getKey()).stopped())
                .map(away -> away.getValue().plus(given.containsKey(away.getKey()) ? stoppedAfter() : patience))
                .min(Instant::compareTo);
    }

    private static HostView lost(HostView host, boolean stopped) {
        return new HostView(host.name(), host.record(), true, stopped, host.used(), host.instances(), host.hostPorts());
    }

    /** Those that were lost with nothing on them, since this was asked last: nothing is to be moved, and it was a loss all the same. */
    Set<String> lostEmpty() {
        Set<String> told = new TreeSet<>(empty);
        empty.clear();
        return told;
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
            if (host != null && host.record().isEmpty()) marked.put(name, lost(host, false));
        }
        return view.withHosts(view.hosts().with(marked));
    }

    /** The view with the lost hosts marked. */
    View mark(View view) {
        if (given.isEmpty()) return view;
        return view.withHosts(view.hosts().with(given));
    }
}
