package concierge.agent;

import concierge.agent.core.AgentCore;
import concierge.agent.core.AgentEffect;
import concierge.agent.core.AgentEvent;
import concierge.agent.core.HostState;
import concierge.agent.core.LeaseClock;
import concierge.agent.core.Pulse;
import concierge.agent.instance.ProbeTarget;
import concierge.executor.ClusterEngine;
import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.Running;
import concierge.executor.Workload;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import concierge.model.Status;
import concierge.runtime.CoreLoop;
import concierge.runtime.SteadyClock;
import concierge.state.ClockComparison;
import concierge.state.Keys;
import concierge.state.MalformedValueException;
import concierge.store.Batch;
import concierge.store.CommitResult;
import concierge.store.Store;
import concierge.store.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs an {@link AgentCore} against a store and executors: each effect on a virtual thread, its result back
 * as an event. Closing it leaves the instances running; the next agent adopts them.
 */
public final class Agent implements AutoCloseable {
    /** How long a stop waits for routers: a router that is slower than that has lost its connection. */
    static final Duration ROUTER_PATIENCE = Duration.ofSeconds(5);

    /** The machine's time was set, or has drifted, by so much: statuses bear seconds. */
    private static final Duration STEP = Duration.ofMillis(100);

    private static final Logger LOG = LoggerFactory.getLogger(Agent.class);

    private final AgentSettings settings;
    private final Store store;
    private final Map<ExecutorKind, Executor> executors = new EnumMap<>(ExecutorKind.class);
    private final RouterGate routers;
    private final Vault vault;
    private final SteadyClock clock;
    private final ClockComparison comparison;
    /** As the core was told last. */
    private volatile Duration stepped = Duration.ZERO;
    private final StoreReader reader;
    private final Makeups makeup;
    private final HostHeartbeat heartbeat;
    private final CoreLoop<AgentEvent, AgentEffect> loop;
    private final ScheduledExecutorService timer;
    private final LeaseClock lease;
    private final Map<Long, Thread> ensures = new ConcurrentHashMap<>();
    private final Map<ExecutorKind, AutoCloseable> engineWatches = new EnumMap<>(ExecutorKind.class);
    private final List<Store.Watch> storeWatches = new ArrayList<>();
    private @Nullable Future<?> wake;
    private volatile boolean closed;

    /** Does not own the store and the executors: whoever made them closes them, after this. */
    public Agent(
            AgentSettings settings, Store store, List<Executor> executors, RouterGate routers, Vault vault, InstantSource clock, long seed) {
        this(settings, store, executors, routers, vault, Pulse.OWN, clock, seed);
    }

    /** For a host that lives or dies apart from this process. */
    public Agent(
            AgentSettings settings, Store store, List<Executor> executors, RouterGate routers, Vault vault, Pulse pulse, InstantSource clock, long seed) {
        this.settings = settings;
        this.store = store;
        this.routers = routers;
        this.vault = vault;
        this.clock = new SteadyClock(clock);
        this.comparison = new ClockComparison(store, this.clock, this.clock::stepped);
        Adoptions adoptions = new Adoptions(store, settings.host());
        executors.forEach(executor -> this.executors.put(executor.kind(), new AdoptingExecutor(executor, adoptions)));
        this.reader = new StoreReader(store, settings.host(), settings.addresses());
        AgentCore core = new AgentCore(
                new AgentCore.Settings(
                        settings.host(), settings.installation(), settings.bind(), settings.addresses().getFirst(),
                        this.executors.keySet(), UUID.randomUUID().toString()),
                new SplittableRandom(seed));
        this.loop = new CoreLoop<>("agent " + settings.host(), core, this.clock, this::run);
        List<String> remarks = executors.stream().flatMap(executor -> executor.remark(settings.bind()).stream()
                .map(text -> executor.kind() + ": " + text)).toList();
        this.makeup = new Makeups(settings, executors.stream().filter(ClusterEngine.class::isInstance).map(ClusterEngine.class::cast).findFirst(), comparison);
        this.heartbeat = new HostHeartbeat(store, settings, remarks, Machine.process(clock.instant()), makeup, pulse, new Beats());
        this.timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("agent timer").daemon(true).factory());
        this.lease = new LeaseClock(settings.lease(), timer, this::tell);
    }

    /**
     * Waits, for some seconds at most, until no other agent has this host's name. Before {@link #start}.
     *
     * @throws HostTakenException when one has, and lives
     */
    public void claim() throws HostTakenException, InterruptedException {
        heartbeat.claim();
    }

    public void start() {
        loop.start();
        makeup.start();
        comparison.start();
        lease.start();
        heartbeat.start();
        tell(new AgentEvent.Started());
    }

    /** Whether the host is this agent's: not once another one has its name, or may have it since the lease has ended. */
    public boolean holdsHost() {
        return heartbeat.rival().isEmpty() && !lease.hasLapsed();
    }

    /** Decides nothing more; what runs goes on running. */
    @Override
    public void close() {
        end(heartbeat::close);
    }

    /** As {@link #close}, for good: another agent may have the host at once. */
    public void giveUp() {
        end(heartbeat::giveUp);
    }

    private void end(Runnable leave) {
        closed = true;
        loop.close();
        leave.run();
        makeup.close();
        comparison.close();
        timer.shutdownNow();
        endStoreWatches();
        synchronized (engineWatches) {
            engineWatches.values().forEach(Agent::closeWatch);
            engineWatches.clear();
        }
    }

    private final class Beats implements HostHeartbeat.Listener {
        @Override
        public void held(long asked) {
            lease.held(asked);
        }

        @Override
        public void failed(String reason) {
            tell(new AgentEvent.StoreLost(0, reason));
        }
    }

    private void tell(AgentEvent event) {
        if (closed) return;
        Duration now = clock.stepped();
        if (now.minus(stepped).abs().compareTo(STEP) >= 0) {
            stepped = now;
            loop.tell(new AgentEvent.ClockSet(now));
        }
        loop.tell(event);
    }

    private Executor executor(ExecutorKind kind) {
        Executor executor = executors.get(kind);
        if (executor == null) throw new IllegalStateException("no executor " + kind);
        return executor;
    }

    /** Called on the loop's thread: returns at once. */
    private void run(AgentEffect effect) {
        switch (effect) {
            case AgentEffect.ReadStore(long reading) -> start("read", () -> read(reading));
            case AgentEffect.CheckEngine(ExecutorKind kind) -> start("check", () -> tell(check(kind)));
            case AgentEffect.ListEngine(ExecutorKind kind, long listing) -> start("list", () -> tell(list(kind, listing)));
            case AgentEffect.Ensure ensure -> {
                Thread thread = Thread.ofVirtual().name("agent ensure").unstarted(() -> ensure(ensure));
                ensures.put(ensure.operation(), thread);
                thread.start();
            }
            case AgentEffect.Cancel(long operation) -> Optional.ofNullable(ensures.get(operation)).ifPresent(Thread::interrupt);
            case AgentEffect.Stop(ExecutorKind kind, long operation, InstanceId instance, Duration grace) ->
                operate(instance, operation, () -> {
                    executor(kind).stop(instance, grace);
                    return new AgentEvent.Outcome.Stopped();
                });
            case AgentEffect.Remove(ExecutorKind kind, long operation, InstanceId instance) ->
                operate(instance, operation, () -> {
                    executor(kind).remove(instance);
                    return new AgentEvent.Outcome.Removed();
                });
            case AgentEffect.Inspect(ExecutorKind kind, long operation, InstanceId instance) ->
                operate(instance, operation, () -> new AgentEvent.Outcome.Found(executor(kind).inspect(instance)));
            case AgentEffect.AwaitRouters(long operation, InstanceId instance, long revision) ->
                operate(instance, operation, () -> drain(revision));
            case AgentEffect.Probe(ExecutorKind kind, InstanceId instance, long probe, List<ProbeTarget> targets) ->
                start("probe", () -> tell(new AgentEvent.Probed(instance, probe, probe(kind, instance, targets))));
            case AgentEffect.ReadLog(ExecutorKind kind, InstanceId instance, long generation) ->
                start("log", () -> tell(new AgentEvent.LogRead(instance, generation, lastLog(kind, instance))));
            case AgentEffect.Commit(var transaction) -> start("commit", () ->
                    tell(new AgentEvent.CommitAnswered(transaction.id(), commit(transaction))));
            case AgentEffect.Announce announce -> heartbeat.announce(announce);
            case AgentEffect.Say(String text) -> LOG.warn("{} host={}", text, settings.host());
            case AgentEffect.WakeAt(Instant at) -> wakeAt(at);
        }
    }

    private static void start(String what, Runnable task) {
        Thread.ofVirtual().name("agent " + what).start(task);
    }

    private void wakeAt(Instant at) {
        if (wake != null) wake.cancel(false);
        if (closed) return;
        long nanos = Math.max(0, Duration.between(clock.instant(), at).toNanos());
        wake = timer.schedule(() -> tell(new AgentEvent.Tick()), nanos, TimeUnit.NANOSECONDS);
    }

    // ---- the store

    private void read(long reading) {
        try {
            endStoreWatches();
            Optional<String> rival = heartbeat.rival();
            if (rival.isPresent()) {
                tell(new AgentEvent.StoreLost(reading, rival.get()));
                return;
            }
            HostState state = reader.read();
            tell(new AgentEvent.StoreRead(reading, state));
            follow(Keys.ASSIGN + settings.host() + "/", state.revision(), reading);
            follow(Keys.INSTALLATION, state.revision(), reading);
        } catch (StoreException | MalformedValueException e) {
            tell(new AgentEvent.StoreLost(reading, String.valueOf(e.getMessage())));
        }
    }

    private void follow(String prefix, long after, long reading) {
        Store.Watch watch = store.watch(prefix, after, new Store.Watcher() {
            @Override
            public void changed(Batch batch) {
                told(prefix, batch, reading);
            }

            @Override
            public void compacted(long oldestKept) {
                tell(new AgentEvent.StoreLost(reading, "changes were missed up to revision " + oldestKept));
            }

            @Override
            public void closed() {
                tell(new AgentEvent.StoreLost(reading, "the store was closed"));
            }
        });
        synchronized (storeWatches) {
            storeWatches.add(watch);
        }
    }

    private void told(String prefix, Batch batch, long reading) {
        if (prefix.equals(Keys.INSTALLATION)) {
            tell(new AgentEvent.StoreLost(reading, "its installation id was changed"));
            return;
        }
        try {
            tell(new AgentEvent.AssignmentsChanged(reading, batch.revision(), reader.changes(batch)));
        } catch (StoreException | MalformedValueException e) {
            tell(new AgentEvent.StoreLost(reading, String.valueOf(e.getMessage())));
        }
    }

    private void endStoreWatches() {
        synchronized (storeWatches) {
            storeWatches.forEach(Store.Watch::close);
            storeWatches.clear();
        }
    }

    private CommitResult commit(concierge.store.Transaction transaction) {
        try {
            return store.commit(transaction);
        } catch (StoreException e) {
            return new CommitResult.Unknown(transaction.id(), String.valueOf(e.getMessage()));
        }
    }

    // ---- the engines

    private AgentEvent check(ExecutorKind kind) {
        try {
            Executor.Availability answer = executor(kind).availability();
            if (answer.available()) watch(kind);
            return new AgentEvent.EngineChecked(kind, answer.available(), answer.text());
        } catch (ExecutorException e) {
            return new AgentEvent.EngineChecked(kind, false, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error("engine check failed executor={}", kind, e);
            return new AgentEvent.EngineChecked(kind, false, e.toString());
        }
    }

    /** Watches before the first listing, so that nothing falls between them. */
    private void watch(ExecutorKind kind) {
        synchronized (engineWatches) {
            if (closed || engineWatches.containsKey(kind)) return;
            engineWatches.put(kind, executor(kind).watch(new Executor.Watcher() {
                @Override
                public void changed(Running running) {
                    tell(new AgentEvent.Observed(kind, running));
                }

                @Override
                public void gap() {
                    tell(new AgentEvent.Gap(kind));
                }
            }));
        }
    }

    private static void closeWatch(AutoCloseable watch) {
        try {
            watch.close();
        } catch (Exception e) {
            LOG.warn("engine watch did not close", e);
        }
    }

    private AgentEvent list(ExecutorKind kind, long listing) {
        try {
            return new AgentEvent.EngineListed(kind, listing, executor(kind).list());
        } catch (ExecutorException e) {
            return new AgentEvent.EngineListFailed(kind, listing, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error("listing failed executor={}", kind, e);
            return new AgentEvent.EngineListFailed(kind, listing, e.toString());
        }
    }

    private void ensure(AgentEffect.Ensure ensure) {
        InstanceId instance = ensure.workload().instance();
        Workload workload = ensure.workload().withSecrets(files -> vault.open(instance.service().stack(), files));
        AgentEvent.Outcome outcome = outcome(() -> new AgentEvent.Outcome.Runs(executor(ensure.kind()).ensure(
                workload, line -> tell(new AgentEvent.Progressed(instance, ensure.operation(), line)))));
        ensures.remove(ensure.operation());
        tell(new AgentEvent.Answered(instance, ensure.operation(), outcome));
    }

    private void operate(InstanceId instance, long operation, Supplier<AgentEvent.Outcome> verb) {
        start("operation", () -> tell(new AgentEvent.Answered(instance, operation, outcome(verb))));
    }

    private static AgentEvent.Outcome outcome(Supplier<AgentEvent.Outcome> verb) {
        try {
            return verb.get();
        } catch (ExecutorException e) {
            return new AgentEvent.Outcome.Refused(e.kind(), String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error("executor failed unexpectedly", e);
            return new AgentEvent.Outcome.Refused(ExecutorException.Kind.other, e.toString());
        }
    }

    private AgentEvent.Outcome drain(long revision) {
        try {
            routers.await(revision, ROUTER_PATIENCE);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        return new AgentEvent.Outcome.Drained();
    }

    private AgentEvent.ProbeResult probe(ExecutorKind kind, InstanceId instance, List<ProbeTarget> targets) {
        try {
            return Probes.ask(executor(kind), instance, targets);
        } catch (RuntimeException e) {
            LOG.error("probe failed unexpectedly instance={}", instance, e);
            return new AgentEvent.ProbeResult.Unhealthy(e.toString());
        }
    }

    private List<String> lastLog(ExecutorKind kind, InstanceId instance) {
        List<String> lines = new ArrayList<>();
        try {
            executor(kind).logs(
                    instance,
                    new Executor.LogQuery(false, Optional.empty(), Status.LOG_LINES),
                    (at, error, text) -> lines.add(text));
        } catch (IOException | UncheckedIOException | ExecutorException e) {
            LOG.info("last output not read instance={} cause={}", instance, e.getMessage());
        }
        return lines;
    }
}
