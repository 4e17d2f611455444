package concierge.simulation;

import concierge.agent.StoreReader;
import concierge.agent.core.AgentCore;
import concierge.agent.core.AgentEffect;
import concierge.agent.core.AgentEvent;
import concierge.agent.core.AgentEvent.Outcome;
import concierge.agent.core.HostState;
import concierge.executor.ExecutorException;
import concierge.executor.Running;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import concierge.model.Resources;
import concierge.runtime.Core;
import concierge.state.Keys;
import concierge.store.Batch;
import concierge.store.Store;
import concierge.store.Transaction;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A host: an engine that lives for ever, and agents that come and go. Runs the real core's effects in virtual time. */
final class SimulatedHost {
    /** A fault of an agent or an engine matters no longer: what is due is done by then. */
    private static final Duration UNABLE = Duration.ofSeconds(15);

    /** As executors have it for the question whether an engine is there at all. */
    private static final Duration CHECK_LIMIT = Duration.ofSeconds(5);

    final String name;
    final Uplink uplink;
    /** When the agent was dead last, or its engine away. */
    private Instant unableAt = Instant.MIN;

    final FakeEngine engine;
    final World world;
    private final Scheduler scheduler;
    final LocalClock clock;
    private final Resources capacity;
    private final StoreReader reader;

    private @Nullable Core<AgentEvent, AgentEffect> core;
    private int incarnation;
    private long wake;
    private @Nullable SimulatedHeartbeat heartbeat;
    private boolean storeIsOurs;
    /** It has read the store since it was started, and so knows what stops when lost. */
    private boolean knows;

    private long newestReading;
    private final List<Store.Watch> watches = new ArrayList<>();
    private final Map<Long, Runnable> cancels = new HashMap<>();
    private Instant frozenUntil = Instant.MIN;
    /** What happened meanwhile, in its order. */
    private final Deque<Runnable> frozenEvents = new ArrayDeque<>();

    private boolean thawing;

    SimulatedHost(String name, World world, Resources capacity) {
        this.name = name;
        this.world = world;
        this.scheduler = world.scheduler;
        this.capacity = capacity;
        this.uplink = new Uplink(world);
        this.clock = LocalClock.wrong(scheduler);
        this.engine = new FakeEngine(name, scheduler, clock, world.invariants);
        this.reader = new StoreReader(world.store, name, List.of(address()));
        engine.events = running -> {
            int current = incarnation;
            if (world.isChaos() && scheduler.chance(0.05)) {
                // Lost; half of the losses are noticed.
                if (scheduler.chance(0.5)) scheduler.within(100, 2_000, () -> tell(current, new AgentEvent.Gap(ExecutorKind.docker)));
                return;
            }
            scheduler.within(0, 20, () -> tell(current, new AgentEvent.Observed(ExecutorKind.docker, running)));
        };
    }

    String address() {
        return "10.0.0." + name.substring(1);
    }

    boolean isUp() {
        return core != null;
    }

    void start() {
        if (core != null) return;
        unableAt = scheduler.instant();
        incarnation++;
        core = world.mutant.agent(new AgentCore(
                new AgentCore.Settings(name, World.INSTALLATION, address(), address(), Set.of(ExecutorKind.docker), name + "." + incarnation),
                new SplittableRandom(scheduler.seed())));
        storeIsOurs = false;
        SimulatedHeartbeat begun = new SimulatedHeartbeat(this, incarnation, capacity);
        heartbeat = begun;
        tell(incarnation, new AgentEvent.Started());
        begun.start();
    }

    void crash() {
        core = null;
        if (heartbeat != null) heartbeat.stop();
        heartbeat = null;
        incarnation++;
        unableAt = scheduler.instant();
        watches.forEach(Store.Watch::close);
        watches.clear();
        cancels.clear();
        knows = false;
        frozenUntil = Instant.MIN;
        frozenEvents.clear();
    }

    /** The agent does nothing until then: a long pause of its Java, or a machine without a free processor. What waits keeps its order. */
    void freeze(Instant until) {
        if (until.isAfter(frozenUntil)) frozenUntil = until;
    }

    private boolean waits(Runnable event) {
        boolean frozen = scheduler.instant().isBefore(frozenUntil);
        if (thawing || !frozen && frozenEvents.isEmpty()) return false;
        frozenEvents.add(event);
        if (frozenEvents.size() == 1) scheduler.at(frozenUntil, this::thaw);
        return true;
    }

    private void thaw() {
        if (scheduler.instant().isBefore(frozenUntil)) {
            scheduler.at(frozenUntil, this::thaw);
            return;
        }
        thawing = true;
        while (!frozenEvents.isEmpty()) frozenEvents.remove().run();
        thawing = false;
    }

    /** Whatever the network did is over. */
    void heal() {
        uplink.heal();
        if (uplink.wasTorn()) disconnect();
    }

    /** Within the time in which an instance would have had to be stopped here, the agent or its engine could not. */
    boolean couldNotStop() {
        Instant since = scheduler.instant().minus(UNABLE);
        if (core == null || !knows || engine.away || engine.hangs()) unableAt = scheduler.instant();
        return unableAt.isAfter(since) || engine.hangsUntil.isAfter(since) || frozenUntil.isAfter(since);
    }

    /** The machine dies, with all that runs on it. */
    void lose() {
        crash();
        engine.endAll();
    }

    /** Until then the agent does nothing; in the past: it does. */
    Instant frozenUntil() {
        return frozenUntil;
    }

    /** @param to the incarnation of the agent that it is for; another one never hears it */
    void tell(int to, AgentEvent event) {
        Core<AgentEvent, AgentEffect> current = core;
        if (to != incarnation || current == null) return;
        if (waits(() -> tell(to, event))) return;
        world.trace(name, event);
        for (AgentEffect effect : current.step(event, clock.instant())) {
            world.trace(name, effect);
            run(incarnation, effect);
        }
    }

    private void run(int by, AgentEffect effect) {
        switch (effect) {
            case AgentEffect.ReadStore(long reading) -> read(by, reading);
            case AgentEffect.CheckEngine(ExecutorKind kind) -> {
                if (engine.hangsUntil.isAfter(scheduler.instant().plus(CHECK_LIMIT))) {
                    scheduler.at(scheduler.instant().plus(CHECK_LIMIT), () -> tell(by, new AgentEvent.EngineChecked(kind, false, "no answer in time")));
                } else {
                    afterHang(1, 30, () -> tell(by, new AgentEvent.EngineChecked(kind, !engine.away, engine.away ? "connection refused" : "fake")));
                }
            }
            case AgentEffect.ListEngine(ExecutorKind kind, long listing) -> afterHang(1, 100, () -> list(by, kind, listing));
            case AgentEffect.Ensure ensure -> {
                requireOurs(effect);
                ensure(by, ensure);
            }
            case AgentEffect.Cancel(long operation) -> Optional.ofNullable(cancels.remove(operation)).ifPresent(Runnable::run);
            case AgentEffect.Stop(ExecutorKind _, long operation, InstanceId instance, Duration grace) -> {
                FakeEngine.Container target = engine.containers.get(instance);
                // Of what is gone nothing is touched.
                boolean cutOff = !Objects.requireNonNull(heartbeat).held() && (target == null || target.workload.spec().stopsWhenLost());
                if (!cutOff) requireOurs(effect);
                onContainer(by, instance, operation, (int) Math.min(2_000, grace.toMillis()), found -> {
                    engine.stop(found);
                    return new Outcome.Stopped();
                });
            }
            case AgentEffect.Remove(ExecutorKind _, long operation, InstanceId instance) -> {
                requireOurs(effect);
                onContainer(by, instance, operation, 200, found -> {
                    engine.stop(found);
                    engine.remove(found);
                    return new Outcome.Removed();
                });
            }
            case AgentEffect.Inspect(ExecutorKind _, long operation, InstanceId instance) ->
                verb(by, instance, operation, 50, () -> new Outcome.Found(engine.inspect(instance)));
            case AgentEffect.AwaitRouters(long operation, InstanceId instance, long _) ->
                scheduler.within(0, 100, () -> tell(by, new AgentEvent.Answered(instance, operation, new Outcome.Drained())));
            case AgentEffect.Probe(ExecutorKind _, InstanceId instance, long probe, var _) -> scheduler.within(1, 100, () -> {
                FakeEngine.Container container = engine.containers.get(instance);
                boolean well = container != null && Invariants.runs(container) && !(world.isChaos() && scheduler.chance(0.1));
                tell(by, new AgentEvent.Probed(instance, probe, well
                        ? new AgentEvent.ProbeResult.Healthy()
                        : new AgentEvent.ProbeResult.Unhealthy("refused")));
            });
            case AgentEffect.ReadLog(ExecutorKind _, InstanceId instance, long generation) ->
                scheduler.within(1, 100, () -> tell(by, new AgentEvent.LogRead(instance, generation, List.of("fatal: chaos"))));
            case AgentEffect.Commit(Transaction transaction) -> uplink.commit(
                    world.mutant.agentCommit(transaction), false, () -> by == incarnation, result -> tell(by, new AgentEvent.CommitAnswered(transaction.id(), result)));
            case AgentEffect.Announce(Set<ExecutorKind> available, List<String> _) -> Objects.requireNonNull(heartbeat).announce(available);
            case AgentEffect.Say _ -> {}
            case AgentEffect.WakeAt(Instant at) -> {
                long mine = ++wake;
                clock.at(at, () -> {
                    if (wake == mine) tell(by, new AgentEvent.Tick());
                });
            }
        }
    }

    private void requireOurs(AgentEffect effect) {
        if (!storeIsOurs) throw Invariants.touchedWithoutStore(name, effect);
    }

    // ---- the store

    private void read(int by, long reading) {
        newestReading = reading;
        watches.forEach(Store.Watch::close);
        watches.clear();
        if (world.storeForeign) {
            HostState foreign = new HostState(
                    world.mutant.installation(""), world.store.revision(), List.of(), Map.of(), Map.of(), Map.of(), Map.of(), Map.of());
            inOrder(by, new AgentEvent.StoreRead(reading, foreign), false);
            return;
        }
        uplink.ask(reader::read, answer -> {
            if (by != incarnation) return;
            if (answer.isPresent()) follow(by, reading, answer.get());
            else uplink.tellLocally(Duration.ZERO, () -> told(by, new AgentEvent.StoreLost(reading, "away"), false));
        });
    }

    private void follow(int by, long reading, HostState state) {
        uplink.tellLocally(Duration.ZERO, () -> told(by, new AgentEvent.StoreRead(reading, state), true));
        watches.add(world.store.watch(Keys.ASSIGN + name + "/", state.revision(), new Store.Watcher() {
            @Override
            public void changed(Batch batch) {
                inOrder(by, new AgentEvent.AssignmentsChanged(reading, batch.revision(), reader.changes(batch)), true);
            }

            @Override
            public void compacted(long oldestKept) {
                inOrder(by, new AgentEvent.StoreLost(reading, "compacted"), true);
            }
        }));
    }

    /** What one store connection tells arrives in its order. */
    private void inOrder(int by, AgentEvent event, boolean ours) {
        uplink.tell(() -> told(by, event, ours));
    }

    private void told(int by, AgentEvent event, boolean ours) {
        if (waits(() -> told(by, event, ours))) return;
        boolean outdated = event instanceof AgentEvent.StoreLost(long reading, _) && reading != 0 && reading != newestReading;
        if (by == incarnation && !outdated) storeIsOurs = ours;
        if (by == incarnation && ours && event instanceof AgentEvent.StoreRead) {
            couldNotStop();
            knows = true;
        }
        tell(by, event);
    }

    /** The connection to the store ends, and the agent notices. */
    void disconnect() {
        watches.forEach(Store.Watch::close);
        watches.clear();
        int by = incarnation;
        uplink.tellLocally(Duration.ZERO, () -> told(by, new AgentEvent.StoreLost(0, "connection lost"), false));
    }

    // ---- the engine

    private void afterHang(int min, int max, Runnable action) {
        scheduler.within(min, max, () -> {
            if (engine.hangs()) scheduler.at(engine.hangsUntil.plusMillis(scheduler.number(50)), action);
            else action.run();
        });
    }

    private void list(int by, ExecutorKind kind, long listing) {
        AgentEvent answer;
        try {
            answer = new AgentEvent.EngineListed(kind, listing, engine.list());
        } catch (ExecutorException e) {
            answer = new AgentEvent.EngineListFailed(kind, listing, String.valueOf(e.getMessage()));
        }
        AgentEvent told = answer;
        scheduler.within(0, 50, () -> tell(by, told));
    }

    private void ensure(int by, AgentEffect.Ensure ensure) {
        InstanceId instance = ensure.workload().instance();
        long operation = ensure.operation();
        boolean[] answered = {false};
        java.util.function.Consumer<Outcome> answer = outcome -> {
            if (answered[0]) return;
            answered[0] = true;
            cancels.remove(operation);
            answer(by, instance, operation, outcome);
        };
        cancels.put(operation, () -> answer.accept(new Outcome.Refused(ExecutorException.Kind.other, "interrupted")));
        afterHang(5, 300, () -> {
            Optional<Outcome> refusal = refusal();
            if (refusal.isPresent()) {
                answer.accept(refusal.get());
                return;
            }
            FakeEngine.Container container;
            try {
                container = engine.create(ensure.workload());
            } catch (ExecutorException e) {
                answer.accept(new Outcome.Refused(e.kind(), String.valueOf(e.getMessage())));
                return;
            }
            // Whoever died, or gave up, in the middle asks for no start.
            if (answered[0] || by != incarnation) return;
            afterHang(5, 300, () -> answer.accept(outcome(() -> new Outcome.Runs(engine.start(container)))));
        });
    }

    private Optional<Outcome> refusal() {
        if (!world.isChaos() || !scheduler.chance(0.08)) return Optional.empty();
        ExecutorException.Kind[] kinds = {
            ExecutorException.Kind.imageMissing, ExecutorException.Kind.portTaken, ExecutorException.Kind.exhausted,
            ExecutorException.Kind.other, ExecutorException.Kind.cannotStart, ExecutorException.Kind.unavailable
        };
        return Optional.of(new Outcome.Refused(kinds[scheduler.number(kinds.length)], "chaos"));
    }

    /** As an executor does it: it looks which container that is, and then names that one. Who died in between asks no more. */
    private void onContainer(int by, InstanceId instance, long operation, int longest, Function<FakeEngine.@Nullable Container, Outcome> verb) {
        afterHang(1, 5, () -> {
            if (by != incarnation) return;
            FakeEngine.Container found = engine.containers.get(instance);
            verb(by, instance, operation, longest, () -> verb.apply(found));
        });
    }

    private void verb(int by, InstanceId instance, long operation, int longest, Supplier<Outcome> verb) {
        boolean late = world.isChaos() && engine.hangs() && scheduler.chance(0.5);
        if (late) scheduler.within(5_000, 15_000, () ->
                answer(by, instance, operation, new Outcome.Refused(ExecutorException.Kind.unavailable, "no answer in time")));
        afterHang(1, Math.max(2, longest), () -> {
            Outcome outcome = outcome(verb);
            if (!late) answer(by, instance, operation, outcome);
        });
    }

    private static Outcome outcome(Supplier<Outcome> verb) {
        try {
            return verb.get();
        } catch (ExecutorException e) {
            return new Outcome.Refused(e.kind(), String.valueOf(e.getMessage()));
        }
    }

    private void answer(int by, InstanceId instance, long operation, Outcome outcome) {
        scheduler.within(0, 50, () -> tell(by, new AgentEvent.Answered(instance, operation, outcome)));
        if (world.isChaos() && scheduler.chance(0.05))
            scheduler.within(0, 500, () -> tell(by, new AgentEvent.Answered(instance, operation, outcome)));
    }

    List<Running> shown() {
        return engine.containers.values().stream().map(FakeEngine::seen).toList();
    }
}
