package concierge.control;

import concierge.model.Deployment;
import concierge.model.Loss;
import concierge.model.ServiceId;
import concierge.model.SharedMap;
import concierge.model.View;
import concierge.plan.Plan;
import concierge.plan.Planner;
import concierge.plan.Ripple;
import concierge.runtime.Core;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The leader's core: keeps what has to be planned, plans it, and sees the plan into the store. One pass is
 * under way at a time; the next one is planned from a view that shows what the last one did. While nothing
 * is under way a change is planned at once.
 *
 * <p>Holds nothing that cannot be found again: a new leader begins with a plan of everything, from a view
 * that is at least as new as its election.
 */
public final class ControlCore implements Core<ControlEvent, ControlEffect> {
    /** Passes begin no closer than this: under load changes gather instead of being planned one by one. */
    static final Duration INTERVAL = Duration.ofMillis(2);

    /** A conflict should bring a newer view; should none come, planning goes on after this. */
    static final Duration RETRY = Duration.ofSeconds(1);

    private static final long NO_FENCE = 0;

    /** Where all hosts share the server's machine: longer than that needs to be restarted or upgraded. */
    public static final Duration LOST_AFTER_ALONE = Duration.ofSeconds(30);

    /** Where hosts are machines of their own. */
    public static final Duration LOST_AFTER_SHARED = Loss.PATIENCE;

    private final Duration lostAfter;
    private final Planner planner = new Planner();
    private long fence = NO_FENCE;
    private long passes;
    private View view = View.EMPTY;
    /** The view to plan from: with lost hosts marked. */
    private View marked = View.EMPTY;

    /** Of the view that was planned last. */
    private SharedMap<String, Deployment> deployments = SharedMap.empty();

    private HostWatch hosts;
    private Flapping flapping = new Flapping();
    /** As told last. */
    private Set<String> givenUp = Set.of();

    private OwnSightings sightings = new OwnSightings();
    private Ripple ripple = new Ripple();
    private final SortedSet<ServiceId> dirty = new TreeSet<>();
    /** Services to plan at an instant although nothing changes. */
    private final Map<ServiceId, Instant> wakes = new HashMap<>();

    private @Nullable Flight flight;
    /** Only a view of at least this revision shows what is committed. */
    private long needed;

    private Instant retryAt = Instant.MAX;
    private Instant earliest = Instant.MIN;
    /** The alarm that was asked for last and has not rung yet. */
    private Instant alarm = Instant.MAX;

    public ControlCore() {
        this(LOST_AFTER_ALONE);
    }

    /** @param lostAfter how long a host's record may be gone before what it runs is planned elsewhere */
    public ControlCore(Duration lostAfter) {
        this.lostAfter = lostAfter;
        this.hosts = new HostWatch(lostAfter);
    }

    @Override
    public List<ControlEffect> step(ControlEvent event, Instant now) {
        List<ControlEffect> effects = new ArrayList<>();
        if (!alarm.isAfter(now)) alarm = Instant.MAX;
        switch (event) {
            case ControlEvent.ViewChanged(View newer) -> {
                if (newer.revision() >= view.revision()) view = newer;
            }
            case ControlEvent.Elected(long created) -> begin(created);
            case ControlEvent.Deposed _ -> end();
            case ControlEvent.Answered answer -> {
                if (flight != null) flight.answered(answer.id(), answer.result(), now);
            }
            case ControlEvent.Recalled answer -> {
                if (flight != null) effects.addAll(flight.recalled(answer, now));
            }
            case ControlEvent.Woke _ -> {
                // The instant is all that it tells.
            }
        }
        if (fence != NO_FENCE) {
            advance(now, effects);
            setAlarm(now, effects);
        }
        tellGivenUp(now, effects);
        return effects;
    }

    private void tellGivenUp(Instant now, List<ControlEffect> effects) {
        for (String host : hosts.lostEmpty()) flapping.lost(host, fence, now).ifPresent(effects::add);
        Set<String> lost = hosts.lost();
        if (lost.equals(givenUp)) return;
        for (String host : new TreeSet<>(lost)) {
            if (!givenUp.contains(host)) flapping.lost(host, fence, now).ifPresent(effects::add);
        }
        givenUp = lost;
        effects.add(new ControlEffect.GivenUp(lost));
    }

    private void begin(long created) {
        end();
        fence = created;
        // All that former leaders wrote is older than the key: their fence kept the rest out.
        needed = created;
    }

    private void end() {
        fence = NO_FENCE;
        passes = 0;
        hosts = new HostWatch(lostAfter);
        flapping = new Flapping();
        sightings = new OwnSightings();
        ripple = new Ripple();
        dirty.clear();
        wakes.clear();
        flight = null;
        retryAt = Instant.MAX;
        alarm = Instant.MAX;
        marked = View.EMPTY;
        deployments = SharedMap.empty();
    }

    private void advance(Instant now, List<ControlEffect> effects) {
        land(now);
        if (flight != null) {
            effects.addAll(flight.advance(now));
            return;
        }
        if (!retryAt.isAfter(now)) {
            needed = 0;
            retryAt = Instant.MAX;
        }
        if (view.revision() < needed) return;
        retryAt = Instant.MAX;
        observe(now);
        // A deployment of nothing has no service that could be dirty, and is to be concluded all the same.
        boolean rollouts = marked.deployments() != deployments;
        if (dirty.isEmpty() && !rollouts || earliest.isAfter(now)) return;
        plan(now, effects);
    }

    /** Notices that the pass under way is through, or that it failed. */
    private void land(Instant now) {
        if (flight == null || !flight.isOver()) return;
        needed = Math.max(needed, flight.committed());
        if (flight.hasFailed()) {
            dirty.addAll(flight.planned);
            // A deployment of nothing has no service that tells of it.
            deployments = SharedMap.empty();
            needed = Math.max(needed, flight.revision + 1);
            retryAt = now.plus(RETRY);
        }
        flight = null;
    }

    /** Finds out what has to be planned. */
    private void observe(Instant now) {
        hosts.observe(view, now);
        hosts.expire(now);
        marked = hosts.mark(view);
        SortedSet<ServiceId> reached = ripple.reach(marked);
        sightings.observe(marked, reached, now);
        dirty.addAll(reached);
        wakes.entrySet().removeIf(wake -> {
            if (wake.getValue().isAfter(now)) return false;
            dirty.add(wake.getKey());
            return true;
        });
    }

    private void plan(Instant now, List<ControlEffect> effects) {
        SortedSet<ServiceId> planned = new TreeSet<>(dirty);
        dirty.clear();
        wakes.keySet().removeAll(planned);
        deployments = marked.deployments();
        Plan plan = planner.plan(marked.withDirty(planned), sightings, now);
        plan.wakeAt().ifPresent(at -> plan.waiting().forEach(service -> wakes.put(service, at)));
        earliest = now.plus(INTERVAL);
        if (plan.actions().isEmpty()) return;
        flight = new Flight(
                planned, marked.revision(), Waves.of(plan, marked, fence, "plan-" + fence + "-" + ++passes));
        effects.addAll(flight.advance(now));
    }

    private void setAlarm(Instant now, List<ControlEffect> effects) {
        Stream<Instant> deadlines = flight != null
                ? flight.deadline().stream()
                : Stream.concat(
                        Stream.of(retryAt, dirty.isEmpty() ? Instant.MAX : earliest),
                        Stream.concat(wakes.values().stream(), hosts.deadline().stream()));
        Optional<Instant> next = deadlines.filter(at -> at.isAfter(now) && at.isBefore(alarm)).min(Instant::compareTo);
        if (next.isEmpty()) return;
        alarm = next.get();
        effects.add(new ControlEffect.WakeAt(alarm));
    }
}
