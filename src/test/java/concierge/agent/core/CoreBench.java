package concierge.agent.core;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.agent.instance.Assigned;
import concierge.executor.ExecutorException;
import concierge.executor.Running;
import concierge.model.Assignment;
import concierge.model.Digest;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import concierge.model.RunKind;
import concierge.model.ServiceSpec;
import concierge.model.Status;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.store.CommitResult;
import concierge.store.Transaction;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Steps a core by hand: each test says what the engine and the store answer, and when. */
public final class CoreBench {
    static final String HOST = "h1";
    static final ExecutorKind DOCKER = ExecutorKind.docker;
    static final InstanceId WEB = InstanceId.parse("shop/default/web/1");
    public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    public Instant now = START;
    private final AgentCore core;
    private final List<AgentEffect> pending = new ArrayList<>();
    final List<Transaction> commits = new ArrayList<>();
    long revision = 100;

    CoreBench() {
        this(Set.of(DOCKER));
    }

    CoreBench(Set<ExecutorKind> engines) {
        core = new AgentCore(
                new AgentCore.Settings(HOST, "ours", "127.0.0.1", "127.0.0.1", engines, "run"), new SplittableRandom(1));
        tell(new AgentEvent.Started());
    }

    /** A started core with an empty store and an empty engine. */
    public static CoreBench ready() {
        CoreBench bench = new CoreBench();
        bench.storeRead(List.of(), Map.of());
        bench.engineListed(List.of());
        return bench;
    }

    public void tell(AgentEvent event) {
        pending.addAll(core.step(event, now));
    }

    public void advance(Duration duration) {
        now = now.plus(duration);
        tell(new AgentEvent.Tick());
    }

    /** Takes the oldest effect of this type, or fails. */
    public <T extends AgentEffect> T take(Class<T> type) {
        return find(type).orElseThrow(() -> new AssertionError("no " + type.getSimpleName() + " in " + pending));
    }

    <T extends AgentEffect> Optional<T> find(Class<T> type) {
        for (AgentEffect effect : pending) {
            if (!type.isInstance(effect)) continue;
            pending.remove(effect);
            return Optional.of(type.cast(effect));
        }
        return Optional.empty();
    }

    public void none(Class<? extends AgentEffect> type) {
        assertThat(pending).noneMatch(type::isInstance);
    }

    void storeRead(List<Assigned> assignments, Map<InstanceId, Status> statuses) {
        storeRead("ours", assignments, statuses, Map.of());
    }

    void storeRead(String installation, List<Assigned> assignments, Map<InstanceId, Status> statuses, Map<InstanceId, SortedMap<String, String>> endpoints) {
        tell(new AgentEvent.StoreRead(take(AgentEffect.ReadStore.class).reading(), new HostState(
                installation, revision, assignments, statuses, Map.of(), Map.of(), Map.of(), endpoints)));
    }

    void engineListed(List<Running> found) {
        find(AgentEffect.CheckEngine.class).ifPresent(check -> tell(new AgentEvent.EngineChecked(check.kind(), true, "Docker")));
        AgentEffect.ListEngine list = take(AgentEffect.ListEngine.class);
        tell(new AgentEvent.EngineListed(list.kind(), list.listing(), found));
    }

    /** The leader assigns; the generation is the new revision. */
    Assigned assign(ServiceSpec spec) {
        return assign(WEB, spec, RunKind.FOREVER);
    }

    Assigned assign(InstanceId id, ServiceSpec spec, RunKind kind) {
        Assigned assigned = assigned(id, ++revision, spec, kind, Assignment.Desired.run);
        change(id, Optional.of(assigned));
        return assigned;
    }

    void stop(Assigned assigned) {
        revision++;
        change(assigned.instance(), Optional.of(new Assigned(assigned.assignment().stopping(), assigned.generation(), assigned.spec())));
    }

    void release(InstanceId id) {
        revision++;
        change(id, Optional.empty());
    }

    private void change(InstanceId id, Optional<Assigned> assigned) {
        tell(new AgentEvent.AssignmentsChanged(1, revision, List.of(new AgentEvent.Change(id, assigned))));
    }

    static Assigned assigned(InstanceId id, long generation, ServiceSpec spec, RunKind kind, Assignment.Desired desired) {
        Assignment assignment = new Assignment(
                id, HOST, Codec.digest(spec), spec.executors().getFirst(), 0, new TreeMap<>(Map.of("DB_PORT", "tcp://db:1")), desired, kind, "1");
        return new Assigned(assignment, generation, Optional.of(spec));
    }

    public void answer(AgentEffect.Ensure ensure, AgentEvent.Outcome outcome) {
        tell(new AgentEvent.Answered(ensure.workload().instance(), ensure.operation(), outcome));
    }

    public AgentEffect.Ensure ensureRuns() {
        AgentEffect.Ensure ensure = take(AgentEffect.Ensure.class);
        answer(ensure, new AgentEvent.Outcome.Runs(running(ensure.workload().instance(), ensure.workload().generation(), now)));
        return ensure;
    }

    void refuse(ExecutorException.Kind kind, String message) {
        answer(take(AgentEffect.Ensure.class), new AgentEvent.Outcome.Refused(kind, message));
    }

    void stopped() {
        AgentEffect.Stop stop = take(AgentEffect.Stop.class);
        tell(new AgentEvent.Answered(stop.instance(), stop.operation(), new AgentEvent.Outcome.Stopped()));
    }

    void removed() {
        AgentEffect.Remove remove = take(AgentEffect.Remove.class);
        tell(new AgentEvent.Answered(remove.instance(), remove.operation(), new AgentEvent.Outcome.Removed()));
    }

    void drained() {
        AgentEffect.AwaitRouters wait = take(AgentEffect.AwaitRouters.class);
        tell(new AgentEvent.Answered(wait.instance(), wait.operation(), new AgentEvent.Outcome.Drained()));
    }

    void found(Optional<Running> running) {
        AgentEffect.Inspect look = take(AgentEffect.Inspect.class);
        tell(new AgentEvent.Answered(look.instance(), look.operation(), new AgentEvent.Outcome.Found(running)));
    }

    public void probed(AgentEvent.ProbeResult result) {
        AgentEffect.Probe probe = take(AgentEffect.Probe.class);
        tell(new AgentEvent.Probed(probe.instance(), probe.probe(), result));
    }

    void died(long generation, Instant started, int exitCode) {
        tell(new AgentEvent.Observed(DOCKER, ended(WEB, generation, started, exitCode, false)));
    }

    /** Commits everything that waits. */
    void commitAll() {
        for (Optional<AgentEffect.Commit> commit = find(AgentEffect.Commit.class); commit.isPresent(); commit = find(AgentEffect.Commit.class)) {
            commits.add(commit.get().transaction());
            tell(new AgentEvent.CommitAnswered(commit.get().transaction().id(), new CommitResult.Committed(++revision)));
        }
    }

    void answerCommit(CommitResult result) {
        AgentEffect.Commit commit = take(AgentEffect.Commit.class);
        commits.add(commit.transaction());
        tell(new AgentEvent.CommitAnswered(commit.transaction().id(), result));
    }

    /** The last status that was committed of the instance. */
    Status status() {
        return status(WEB);
    }

    Status status(InstanceId id) {
        commitAll();
        return commits.stream()
                .flatMap(commit -> commit.puts().stream())
                .filter(put -> put.key().equals(Keys.status(HOST, id)))
                .map(put -> Codec.status(put.value()))
                .reduce((_, last) -> last)
                .orElseThrow(() -> new AssertionError("no status of " + id + " in " + commits));
    }

    /** Every endpoint key that stands after the commits. */
    public SortedMap<String, String> endpoints() {
        commitAll();
        SortedMap<String, String> ports = new TreeMap<>();
        for (Transaction commit : commits) {
            commit.puts().stream().filter(put -> put.key().startsWith(Keys.PORTS)).forEach(put -> ports.put(put.key(), put.value().text()));
            commit.deletes().forEach(ports::remove);
        }
        return ports;
    }

    static Running running(InstanceId id, long generation, Instant started) {
        return new Running(
                id, generation, Digest.of("x"), id.containerName(), Running.State.running, Optional.of(started),
                Optional.empty(), false, "10.0.0.2", new TreeMap<>(Map.of("80/tcp", "127.0.0.1:20001")));
    }

    static Running ended(InstanceId id, long generation, Instant started, int exitCode, boolean oomKilled) {
        Running running = running(id, generation, started);
        return new Running(
                id, generation, running.digest(), running.name(), Running.State.ended, running.started(),
                Optional.of(exitCode), oomKilled, running.address(), running.ports());
    }
}
