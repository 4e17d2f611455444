package concierge.agent.core;

import concierge.agent.instance.AgentLimits;
import concierge.agent.instance.Assigned;
import concierge.agent.instance.Facts;
import concierge.executor.Running;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import concierge.runtime.Core;
import concierge.store.CommitResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * One host's core: assignments and observations in; operations on executors, probes and status writes out.
 *
 * <p>It acts on an instance only while the store is there, holds this installation's id and was read
 * completely, and only on engines that were listed completely; so it adopts what runs before it starts
 * anything. What is durable is what the store holds; everything here can be lost and is found again.
 */
public final class AgentCore implements Core<AgentEvent, AgentEffect> {
    /**
     * @param installation only a store with this id is obeyed
     * @param bind the address that ports are published on
     * @param address under which others reach ports that are published on every address
     * @param engines the executors that this host has, never empty
     * @param runId unique to this run of the agent: makes its commits' ids unique
     */
    public record Settings(
            String host, String installation, String bind, String address, Set<ExecutorKind> engines, String runId) {
        public Settings {
            engines = java.util.Collections.unmodifiableSortedSet(new TreeSet<>(engines));
            if (engines.isEmpty()) throw new IllegalArgumentException("engines: none (expected: at least one)");
        }

        ExecutorKind anyEngine() {
            return engines.iterator().next();
        }
    }

    private final Settings settings;
    private final RandomGenerator random;
    private final SortedMap<InstanceId, Instance> instances = new TreeMap<>();
    private final Engines engines;
    private final Timers timers = new Timers();
    private final Reports reports;
    private final Supervisor supervisor;
    private final StoreGate gate;
    private final LeaseGate lease = new LeaseGate();
    private final Findings findings;
    private final Strays strays = new Strays();

    private List<AgentEffect> effects = new ArrayList<>();
    private final WallTime wall = new WallTime();
    private Instant now = Instant.MIN;
    private Instant wakeAt = Instant.MAX;
    private long steps;

    public AgentCore(Settings settings, RandomGenerator random) {
        this.settings = settings;
        this.random = random;
        this.engines = new Engines(settings.engines(), random, effect -> effects.add(effect), this::nextOf);
        this.reports = new Reports(settings.host(), settings.runId(), random);
        this.gate = new StoreGate(random, effect -> effects.add(effect));
        this.findings = new Findings(settings, engines, gate);
        this.supervisor = new Supervisor(
                settings, engines, reports, timers, permission(), lease, effect -> effects.add(effect), () -> ++steps, new Restarts(random));
    }

    private Supervisor.Permission permission() {
        return new Supervisor.Permission() {
            @Override
            public boolean mayTouch() {
                return gate.isOpen() && !reports.isInDoubt();
            }

            @Override
            public long revision() {
                return gate.revision();
            }

            @Override
            public Optional<InstanceId> leftover(InstanceId id) {
                return instances.values().stream().filter(other -> other.isLeftoverOf(id)).map(other -> other.id).findFirst();
            }

            @Override
            public void behind(long generation) {
                gate.behind(generation, () -> instances.values().stream().mapToLong(Instance::newestSeen).max().orElse(0), now);
            }
        };
    }

    @Override
    public List<AgentEffect> step(AgentEvent event, Instant now) {
        this.effects = new ArrayList<>();
        this.now = now;
        steps++;
        switch (event) {
            case AgentEvent.Started _ -> {
                gate.read();
                engines.all().forEach(engines::check);
            }
            case AgentEvent.StoreRead(long reading, HostState state) -> read(reading, state);
            case AgentEvent.StoreLost(long reading, String reason) -> {
                if (reading == 0 || gate.isCurrent(reading)) gate.lost(reason, now);
            }
            case AgentEvent.AssignmentsChanged(long reading, long revision, List<AgentEvent.Change> changes) -> {
                if (gate.isCurrent(reading) && gate.advance(revision)) assign(changes);
            }
            case AgentEvent.LeaseHeld _ -> {
                lease.held();
                // What was given up meanwhile must be known before any of it starts again.
                if (instances.values().stream().anyMatch(it -> it.stopsWhenLost)) gate.readAgain();
                nextAll();
            }
            case AgentEvent.LeaseLapsed _ -> {
                lease.lapsed();
                nextAll();
            }
            case AgentEvent.EngineChecked(ExecutorKind kind, boolean available, String text) -> engines.checked(engines.get(kind), available, text, steps, now);
            case AgentEvent.EngineListed(ExecutorKind kind, long listing, List<Running> found) -> listed(engines.get(kind), listing, found);
            case AgentEvent.EngineListFailed(ExecutorKind kind, long listing, String reason) -> {
                if (engines.get(kind).listing == listing) engines.away(engines.get(kind), reason, now);
            }
            case AgentEvent.Observed(ExecutorKind kind, Running running) -> observed(kind, running);
            case AgentEvent.Gap(ExecutorKind kind) -> engines.list(engines.get(kind), steps, now);
            case AgentEvent.Answered(InstanceId id, long operation, AgentEvent.Outcome outcome) -> answered(id, operation, outcome);
            case AgentEvent.Progressed(InstanceId id, long operation, String text) -> progressed(id, operation, text);
            case AgentEvent.Probed(InstanceId id, long probe, AgentEvent.ProbeResult result) -> {
                Instance it = instances.get(id);
                if (it != null) {
                    supervisor.probed(it, probe, result, now);
                    next(it);
                }
            }
            case AgentEvent.LogRead(InstanceId id, long generation, List<String> lines) -> {
                Instance it = instances.get(id);
                if (it != null && it.life != null && it.life.generation == generation && !lines.isEmpty()) {
                    it.life.lastLog = lines;
                    reports.mark(it);
                }
            }
            case AgentEvent.CommitAnswered(String id, CommitResult result) -> committed(id, result);
            case AgentEvent.Tick _ -> wakeAt = Instant.MAX;
            case AgentEvent.ClockSet(Duration stepped) -> wall.set(stepped);
        }
        onTime();
        reports.next(it -> findings.facts(it, now), now).ifPresent(transaction -> effects.add(new AgentEffect.Commit(transaction)));
        engines.announce(strays.remark());
        wake();
        return effects;
    }

    // ---- the store

    private void read(long reading, HostState state) {
        if (!gate.isCurrent(reading)) return;
        if (!state.installation().equals(settings.installation())) {
            String found = state.installation().isEmpty() ? "no installation" : "installation " + state.installation();
            gate.lost("the store holds " + found + " (expected: " + settings.installation() + ")", now);
            return;
        }
        boolean first = gate.opened(state.revision());
        Map<InstanceId, Assigned> assigned = new TreeMap<>();
        state.assignments().forEach(it -> assigned.put(it.instance(), it));
        for (InstanceId id : state.endpoints().keySet()) instance(id);
        assigned.values().forEach(it -> {
            Instance instance = instance(it.instance());
            instance.blocked = -1;
            // Only the first reading tells what was reported before: later, one's own knowledge is newer.
            if (first) resume(instance, it, state);
        });
        List.copyOf(instances.values()).forEach(it -> store(it, Optional.ofNullable(assigned.get(it.id)), state));
        assign(instances.keySet().stream().map(id -> new AgentEvent.Change(id, Optional.ofNullable(assigned.get(id)))).toList());
    }

    private void resume(Instance it, Assigned assigned, HostState state) {
        Optional.ofNullable(state.statuses().get(it.id))
                .filter(reported -> reported.generation() == assigned.generation())
                .ifPresent(reported -> it.life = Life.resume(reported, wall));
        it.counter = state.counters().getOrDefault(it.id, 0);
    }

    /** Notes what the store holds of an instance, unless a commit about it is under way: its answer tells more. */
    private void store(Instance it, Optional<Assigned> assigned, HostState state) {
        if (reports.isFlying(it)) return;
        SortedMap<String, String> endpoints = state.endpoints().getOrDefault(it.id, new TreeMap<>());
        it.stored = assigned.map(wanted -> new Facts(
                        wanted.generation(),
                        Optional.ofNullable(state.statuses().get(it.id)),
                        state.containers().getOrDefault(it.id, ""),
                        state.counters().getOrDefault(it.id, 0),
                        endpoints))
                .orElse(new Facts(0, Optional.empty(), "", 0, endpoints));
        it.newer = state.newer().get(it.id);
    }

    /** All of them are known before anything is done: what one may do depends on what others may not any more. */
    private void assign(List<AgentEvent.Change> changes) {
        changes.forEach(this::note);
        changes.forEach(change -> next(instance(change.instance())));
    }

    private void note(AgentEvent.Change change) {
        Instance it = instance(change.instance());
        Assigned assigned = change.assigned().orElse(null);
        it.assigned = assigned;
        if (assigned == null) {
            it.life = null;
            it.counter = 0;
            it.stored = it.stored.of(0);
        } else {
            assigned.spec().ifPresent(spec -> {
                it.grace = spec.stopGrace();
                it.stopsWhenLost = spec.stopsWhenLost();
            });
            if (it.life == null || it.life.generation != assigned.generation()) {
                it.life = new Life(assigned.generation(), wall, now);
                it.newer = null;
                if (it.stored.generation() != assigned.generation()) it.counter = 0;
                it.stored = it.stored.of(assigned.generation());
            }
        }
        if (it.blocked != it.generation()) it.blocked = -1;
    }

    private void committed(String id, CommitResult result) {
        boolean doubted = reports.isInDoubt();
        for (InstanceId concerned : reports.answered(id, result, instances, now)) {
            Instance it = instances.get(concerned);
            if (it == null) continue;
            next(it);
            if (it.blocked >= 0) gate.doubt(now);
        }
        // While it was in doubt nothing was touched.
        if (doubted && !reports.isInDoubt()) nextAll();
    }

    // ---- the engines

    private void listed(Engine engine, long listing, List<Running> found) {
        if (!engines.listed(engine, listing, now)) return;
        Map<InstanceId, Running> all = new TreeMap<>();
        found.forEach(running -> all.put(running.instance(), running));
        for (Instance it : List.copyOf(instances.values())) {
            if (it.touchedSince(engine.kind, listing)) continue;
            if (!all.containsKey(it.id)) it.gone(engine.kind, listing);
        }
        all.forEach((id, running) -> {
            Instance it = instance(id);
            if (!it.touchedSince(engine.kind, listing)) it.observe(engine.kind, running, listing);
        });
        nextOf(engine);
        if (engine.listAgain) engines.list(engine, steps, now);
    }

    private void observed(ExecutorKind kind, Running running) {
        Instance it = instances.get(running.instance());
        if (it == null) {
            // Of an instance that nobody knows only a listing tells: it may be an event about what was just
            // removed. A listing under way may be older than the event.
            if (engines.get(kind).listing != 0) engines.get(kind).listAgain = true;
            return;
        }
        it.observe(kind, running, steps);
        next(it);
    }

    private void answered(InstanceId id, long number, AgentEvent.Outcome outcome) {
        Instance it = instances.get(id);
        if (it == null || it.operation == null || it.operation.number != number) return;
        Instance.Operation operation = it.operation;
        supervisor.answered(it, operation, outcome, steps, now, new Supervisor.Away() {
            @Override
            public void away(ExecutorKind kind, String text) {
                engines.away(engines.get(kind), text, now);
            }

            @Override
            public void listAgain(ExecutorKind kind) {
                engines.list(engines.get(kind), steps, now);
            }
        });
        next(it);
        engines.get(operation.kind).lane(operation.verb).ifPresent(lane -> {
            for (Optional<InstanceId> waiting = lane.next(); waiting.isPresent(); waiting = lane.next())
                waiting.map(instances::get).ifPresent(this::next);
        });
    }

    private void progressed(InstanceId id, long number, String text) {
        Instance it = instances.get(id);
        if (it == null || it.life == null || it.operation == null || it.operation.number != number) return;
        it.operation.lastSign = now;
        if (it.operation.verb != Instance.Verb.ensure || it.operation.cancelled) return;
        it.life.reason = line(text);
        if (now.isBefore(it.nextProgress)) return;
        it.nextProgress = now.plus(AgentLimits.PROGRESS_EVERY);
        reports.mark(it);
    }

    /** Whatever an executor says: a status holds one short line, which people read in tables. */
    private static String line(String text) {
        String first = text.strip().lines().findFirst().orElse("");
        return first.length() <= AgentLimits.PROGRESS_CHARACTERS ? first : first.substring(0, AgentLimits.PROGRESS_CHARACTERS) + "…";
    }

    // ---- what to do next

    private Instance instance(InstanceId id) {
        return instances.computeIfAbsent(id, Instance::new);
    }

    private void next(Instance it) {
        supervisor.next(it, now);
        if (gate.isOpen()) strays.note(it, gate.revision());
        if (gate.isOpen() && it.isForgotten() && !reports.isPublished(it)) instances.remove(it.id);
    }

    private void nextAll() {
        List.copyOf(instances.values()).forEach(this::next);
    }

    private void nextOf(Engine engine) {
        for (Instance it : List.copyOf(instances.values())) {
            Assigned assigned = it.assigned;
            boolean own = assigned != null && assigned.assignment().executor() == engine.kind;
            if (own || it.on(engine.kind).isPresent()) next(it);
        }
    }

    private void onTime() {
        gate.onTime(now);
        engines.onTime(steps, now);
        for (InstanceId id : new TreeSet<>(timers.due(now))) {
            Instance it = instances.get(id);
            if (it != null) next(it);
        }
    }

    private void wake() {
        Instant next = min(min(timers.next().orElse(Instant.MAX), engines.wakeAt()), min(reports.repeatAt(), gate.wakeAt()));
        if (next.equals(Instant.MAX) || next.equals(wakeAt)) return;
        wakeAt = next;
        effects.add(new AgentEffect.WakeAt(next));
    }

    private static Instant min(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }
}
