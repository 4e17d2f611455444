package concierge.agent;

import concierge.executor.Running;
import concierge.model.Endpoint;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import concierge.model.Port;
import concierge.model.ServiceSpec;
import concierge.model.Status;
import concierge.runtime.Core;
import concierge.state.Keys;
import concierge.store.CommitResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

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
    private final Map<ExecutorKind, Engine> engines = new EnumMap<>(ExecutorKind.class);
    private final Timers timers = new Timers();
    private final Reports reports;
    private final Supervisor supervisor;
    private final StoreGate gate;
    private @Nullable Set<ExecutorKind> announced;

    private List<AgentEffect> effects = new ArrayList<>();
    private Instant now = Instant.MIN;
    private Instant wakeAt = Instant.MAX;
    private long steps;

    public AgentCore(Settings settings, RandomGenerator random) {
        this.settings = settings;
        this.random = random;
        for (ExecutorKind kind : settings.engines()) engines.put(kind, new Engine(kind));
        this.reports = new Reports(settings.host(), settings.runId(), random);
        this.gate = new StoreGate(random, effect -> effects.add(effect));
        this.supervisor = new Supervisor(
                settings, engines, reports, timers, permission(), effect -> effects.add(effect), () -> ++steps, new Restarts(random));
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
            public void outdated() {
                gate.lost("something newer than the known assignments was seen", now);
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
                engines.values().forEach(this::check);
            }
            case AgentEvent.StoreRead(long reading, HostState state) -> read(reading, state);
            case AgentEvent.StoreLost(long reading, String reason) -> {
                if (reading == 0 || gate.isCurrent(reading)) gate.lost(reason, now);
            }
            case AgentEvent.AssignmentsChanged(long reading, long revision, List<AgentEvent.Change> changes) -> {
                if (gate.isCurrent(reading) && gate.advance(revision)) changes.forEach(this::assign);
            }
            case AgentEvent.EngineChecked(ExecutorKind kind, boolean available, String text) -> checked(engine(kind), available, text);
            case AgentEvent.EngineListed(ExecutorKind kind, long listing, List<Running> found) -> listed(engine(kind), listing, found);
            case AgentEvent.EngineListFailed(ExecutorKind kind, long listing, String reason) -> {
                if (engine(kind).listing == listing) away(engine(kind), reason);
            }
            case AgentEvent.Observed(ExecutorKind kind, Running running) -> observed(kind, running);
            case AgentEvent.Gap(ExecutorKind kind) -> list(engine(kind));
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
        }
        onTime();
        reports.next(this::facts, now).ifPresent(transaction -> effects.add(new AgentEffect.Commit(transaction)));
        announce();
        wake();
        return effects;
    }

    private Engine engine(ExecutorKind kind) {
        Engine engine = engines.get(kind);
        if (engine == null) throw new IllegalArgumentException("executor: " + kind + " (expected: one of " + engines.keySet() + ")");
        return engine;
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
        for (InstanceId id : List.copyOf(instances.keySet()))
            assign(new AgentEvent.Change(id, Optional.ofNullable(assigned.get(id))));
    }

    private static void resume(Instance it, Assigned assigned, HostState state) {
        Optional.ofNullable(state.statuses().get(it.id))
                .filter(reported -> reported.generation() == assigned.generation())
                .ifPresent(reported -> it.life = Life.resume(reported));
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

    private void assign(AgentEvent.Change change) {
        Instance it = instance(change.instance());
        Assigned assigned = change.assigned().orElse(null);
        it.assigned = assigned;
        if (assigned == null) {
            it.life = null;
            it.counter = 0;
            it.stored = it.stored.of(0);
        } else {
            assigned.spec().ifPresent(spec -> it.grace = spec.stopGrace());
            if (it.life == null || it.life.generation != assigned.generation()) {
                it.life = new Life(assigned.generation(), now);
                it.newer = null;
                if (it.stored.generation() != assigned.generation()) it.counter = 0;
                it.stored = it.stored.of(assigned.generation());
            }
        }
        if (it.blocked != generation(it)) it.blocked = -1;
        next(it);
    }

    private static long generation(Instance it) {
        return it.assigned == null ? 0 : it.assigned.generation();
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

    /** What shall stand in the store; empty while nothing may be written of it. */
    private Optional<Facts> facts(Instance it) {
        if (!gate.isOpen() || it.blocked == generation(it)) return Optional.empty();
        Life life = it.life;
        Assigned assigned = it.assigned;
        if (assigned == null || life == null) return Optional.of(Facts.NONE);
        SortedMap<String, String> ports = life.isReady() ? endpoints(it.id, life, assigned.spec()) : new TreeMap<>();
        boolean silent = life.state == concierge.model.InstanceState.assigned && life.reason.isEmpty();
        Optional<String> trouble = trouble(it, assigned);
        Optional<Status> status = silent && trouble.isEmpty() ? it.stored.status() : Optional.of(life.status(trouble));
        String container = life.container.isEmpty() ? it.stored.of(life.generation).container() : life.container;
        return Optional.of(new Facts(life.generation, status, container, it.counter, ports));
    }

    private Optional<String> trouble(Instance it, Assigned assigned) {
        Engine engine = engines.get(assigned.assignment().executor());
        Optional<String> ofEngine = engine == null ? Optional.empty() : engine.trouble(now);
        Instance.Operation operation = it.operation;
        if (ofEngine.isPresent() || operation == null) return ofEngine;
        Duration silence = Duration.between(operation.lastSign, now);
        if (silence.compareTo(AgentLimits.SILENCE) < 0) return Optional.empty();
        return Optional.of(operation.kind + " has not answered for " + AgentLimits.SILENCE.toSeconds() + " s (" + operation.verb + ")");
    }

    private SortedMap<String, String> endpoints(InstanceId id, Life life, Optional<ServiceSpec> spec) {
        SortedMap<String, String> endpoints = new TreeMap<>();
        for (Port port : spec.map(ServiceSpec::ports).orElse(List.of())) {
            String target = life.ports.get(port.key());
            if (target == null) continue;
            Published published = Published.parse(target);
            Endpoint endpoint = new Endpoint(
                    id, port, published.isAnyAddress() ? settings.address() : published.address(), published.port());
            endpoints.put(Keys.port(endpoint), endpoint.target());
        }
        return endpoints;
    }

    // ---- the engines

    private void check(Engine engine) {
        engine.checking = true;
        engine.nextCheck = Instant.MAX;
        effects.add(new AgentEffect.CheckEngine(engine.kind));
    }

    private void checked(Engine engine, boolean available, String text) {
        if (!engine.checking) return;
        engine.checking = false;
        if (!available) {
            away(engine, text);
            return;
        }
        engine.available = true;
        engine.checks = 0;
        engine.text = text;
        list(engine);
    }

    private void away(Engine engine, String text) {
        boolean news = engine.available || !text.equals(engine.text);
        engine.available = false;
        engine.listed = false;
        engine.listing = 0;
        engine.text = text;
        engine.nextListing = Instant.MAX;
        if (engine.checking) return;
        engine.nextCheck = now.plus(AgentLimits.CHECK.pause(engine.checks++, random.nextDouble()));
        if (news) nextOf(engine);
    }

    private void list(Engine engine) {
        if (!engine.available) return;
        if (engine.listing != 0) {
            engine.listAgain = true;
            return;
        }
        engine.listAgain = false;
        engine.listing = steps;
        engine.listingSince = now;
        engine.nextListing = now.plus(AgentLimits.SILENCE);
        effects.add(new AgentEffect.ListEngine(engine.kind, engine.listing));
    }

    private void listed(Engine engine, long listing, List<Running> found) {
        if (engine.listing != listing) return;
        engine.listing = 0;
        engine.listed = true;
        engine.nextListing = now.plus(AgentLimits.LIST_EVERY);
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
        if (engine.listAgain) list(engine);
    }

    private void observed(ExecutorKind kind, Running running) {
        Instance it = instances.get(running.instance());
        if (it == null) {
            // Of an instance that nobody knows only a listing tells: it may be an event about what was just
            // removed. A listing under way may be older than the event.
            if (engine(kind).listing != 0) engine(kind).listAgain = true;
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
                AgentCore.this.away(engine(kind), text);
            }

            @Override
            public void listAgain(ExecutorKind kind) {
                list(engine(kind));
            }
        });
        next(it);
        engine(operation.kind).lane(operation.verb).ifPresent(lane -> {
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

    private void announce() {
        Set<ExecutorKind> available = new TreeSet<>();
        for (Engine engine : engines.values()) {
            // Before each has been asked once, silence would tell the network a shorter list than is true.
            if (!engine.available && engine.checks == 0) return;
            if (engine.available) available.add(engine.kind);
        }
        if (Objects.equals(available, announced)) return;
        announced = available;
        effects.add(new AgentEffect.Announce(available));
    }

    // ---- what to do next

    private Instance instance(InstanceId id) {
        return instances.computeIfAbsent(id, Instance::new);
    }

    private void next(Instance it) {
        supervisor.next(it, now);
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
        for (Engine engine : engines.values()) {
            if (!now.isBefore(engine.nextCheck)) check(engine);
            if (now.isBefore(engine.nextListing)) continue;
            if (engine.listing == 0) {
                list(engine);
            } else {
                engine.nextListing = Instant.MAX;
                nextOf(engine);
            }
        }
        for (InstanceId id : new TreeSet<>(timers.due(now))) {
            Instance it = instances.get(id);
            if (it != null) next(it);
        }
    }

    private void wake() {
        Instant next = min(timers.next().orElse(Instant.MAX), min(reports.repeatAt(), gate.wakeAt()));
        for (Engine engine : engines.values()) next = min(next, min(engine.nextCheck, engine.nextListing));
        if (next.equals(Instant.MAX) || next.equals(wakeAt)) return;
        wakeAt = next;
        effects.add(new AgentEffect.WakeAt(next));
    }

    private static Instant min(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }
}
