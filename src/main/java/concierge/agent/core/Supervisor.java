package concierge.agent.core;

import concierge.agent.core.Instance.Operation;
import concierge.agent.core.Instance.Verb;
import concierge.agent.instance.AgentLimits;
import concierge.agent.instance.Assigned;
import concierge.agent.instance.Environment;
import concierge.agent.instance.ProbeTarget;
import concierge.agent.instance.Readiness;
import concierge.executor.ExecutorException;
import concierge.executor.Published;
import concierge.executor.Running;
import concierge.executor.Workload;
import concierge.model.ExecutorKind;
import concierge.model.HealthVariables;
import concierge.model.InstanceId;
import concierge.model.InstanceState;
import concierge.model.RunKind;
import concierge.model.ServiceSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Decides what to do next with one instance, from what is wanted, what was seen and what was tried. Level
 * triggered: {@link #next} may be called at any time and asks for at most one operation. Confined to the core.
 */
final class Supervisor {
    /** What it may do now, and how new its knowledge of assignments is. */
    interface Permission {
        /** The store is there, ours, read completely, and no commit is in doubt. */
        boolean mayTouch();

        /** Assignments are known up to this revision. */
        long revision();

        /** Something of a generation newer than that was seen: the store is read again, once at once. */
        void behind(long generation);

        /** Who has this instance's volume without being wanted any more: the same one of another version, given up with its host once. */
        Optional<InstanceId> leftover(InstanceId id);
    }

    private final AgentCore.Settings settings;
    private final Engines engines;
    private final Reports reports;
    private final Timers timers;
    private final Permission permission;
    private final LeaseGate lease;
    private final Operations operations;
    private final Takedown takedown;
    private final Readying readying;
    private final Restarts restarts;
    private final Map<String, Map<String, Integer>> hostPorts = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Map<String, Integer>> eldest) {
            return size() > AgentLimits.REMEMBERED_PORTS;
        }
    };

    Supervisor(
            AgentCore.Settings settings,
            Engines engines,
            Reports reports,
            Timers timers,
            Permission permission,
            LeaseGate lease,
            Consumer<AgentEffect> effects,
            LongSupplier numbers,
            Restarts restarts) {
        this.settings = settings;
        this.engines = engines;
        this.reports = reports;
        this.timers = timers;
        this.permission = permission;
        this.lease = lease;
        this.operations = new Operations(effects, numbers);
        this.takedown = new Takedown(settings, engines, reports, permission, operations);
        this.readying = new Readying(operations);
        this.restarts = restarts;
    }

    void next(Instance it, Instant now) {
        it.wakeAt = Instant.MAX;
        decide(it, now);
        reports.mark(it);
        if (it.wakeAt.isBefore(Instant.MAX)) timers.add(it.wakeAt, it.id);
    }

    private void decide(Instance it, Instant now) {
        Operation operation = it.operation;
        if (operation != null) {
            Operations.wake(it, operation.lastSign.plus(AgentLimits.SILENCE), now);
            boolean unwanted = it.assigned == null || it.assigned.isStopping() || mustStop(it);
            if (operation.verb == Verb.ensure && unwanted && !operation.cancelled) {
                operation.cancelled = true;
                operations.ask(new AgentEffect.Cancel(operation.number));
            }
            if (unwanted && !mustStop(it) && it.life != null && it.assigned != null) Takedown.leaveReadiness(it.life, now);
            return;
        }
        if (mustStop(it)) {
            takedown.cutOff(it, now);
            return;
        }
        if (!permission.mayTouch()) return;
        if (it.newestSeen() > permission.revision()) permission.behind(it.newestSeen());
        if (!permission.mayTouch()) return;
        Assigned assigned = it.assigned;
        if (assigned == null) takedown.clearAll(it, now);
        else if (assigned.isStopping()) takedown.down(it, assigned, lifeOf(it), now);
        else up(it, assigned, lifeOf(it), now);
    }

    private boolean mustStop(Instance it) {
        return it.stopsWhenLost && lease.hasLapsed();
    }

    private static Life lifeOf(Instance it) {
        if (it.life == null) throw new IllegalStateException("assigned without a life: " + it.id);
        return it.life;
    }

    // ---- keeping up

    private void up(Instance it, Assigned assigned, Life life, Instant now) {
        ExecutorKind kind = assigned.assignment().executor();
        for (ExecutorKind other : it.engines()) {
            if (other == kind && isOwn(it, assigned)) continue;
            if (it.ahead(permission.revision()).equals(Optional.of(other))) {
                if (isOwn(it, assigned)) continue;
                waitBehind(life, Strays.reason(other, it.on(other).orElseThrow()), now);
                return;
            }
            if (!life.state.isFinal()) life.reason = "waits until its predecessor has stopped";
            takedown.clear(it, other, now);
            return;
        }
        if (life.state.isFinal()) return;
        Engine engine = engines.find(kind).orElse(null);
        if (engine == null) {
            life.reason = "this host cannot run it: no executor " + kind;
            return;
        }
        if (assigned.spec().isEmpty()) {
            life.reason = "its specification " + assigned.assignment().spec() + " is not in the store";
            return;
        }
        Running running = it.on(kind).orElse(null);
        if (running != null && running.state() == Running.State.running) {
            runs(it, assigned, assigned.spec().get(), life, running, now);
            return;
        }
        if (running != null && running.state() == Running.State.ended && !restarts.isAccounted(life, running)) {
            if (life.cutOff && assigned.assignment().kind() instanceof RunKind.Forever) restarts.cutOff(life, running, now);
            else restarts.ended(it, assigned, life, running, now);
            if (!life.state.isFinal()) start(it, assigned, assigned.spec().get(), life, engine, false, now);
            // After the start: engines take requests about one instance in turns.
            boolean failed = !running.exitCode().equals(Optional.of(0)) && !life.cutOff;
            if (failed) operations.ask(new AgentEffect.ReadLog(kind, it.id, life.generation));
            return;
        }
        if (!life.state.isFinal()) start(it, assigned, assigned.spec().get(), life, engine, running == null, now);
    }

    private static boolean isOwn(Instance it, Assigned assigned) {
        return it.on(engineOf(assigned)).filter(running -> running.generation() == assigned.generation()).isPresent();
    }

    /** What was reported before the state was put back is not true of the copy that runs. */
    private static void waitBehind(Life life, String reason, Instant now) {
        if (life.state == InstanceState.running || life.state == InstanceState.ready) life.restart(reason, now);
        else if (!life.state.isFinal()) life.reason = reason;
    }

    private void start(
            Instance it, Assigned assigned, ServiceSpec spec, Life life, Engine engine, boolean nothingThere, Instant now) {
        boolean lostReadiness = life.state == InstanceState.running || life.state == InstanceState.ready;
        if (nothingThere && engine.isUsable() && !life.mustLook && life.everRan) {
            if (assigned.assignment().kind() instanceof RunKind.ToCompletion) {
                life.enter(InstanceState.failed, "its container is gone; it is not run a second time", now);
                return;
            }
            if (lostReadiness) life.restart("its container is gone; starts again", now);
        }
        if (spec.stopsWhenLost() && !lease.isHeld()) {
            life.reason = "waits until this host's lease is held (lost: stop)";
            return;
        }
        Optional<InstanceId> user = spec.volumes().isEmpty() ? Optional.empty() : permission.leftover(it.id);
        if (user.isPresent()) {
            life.reason = "waits until " + user.get() + " has stopped, which has its volume";
            Operations.wake(it, now.plus(AgentLimits.LEFTOVER_LOOK), now);
            return;
        }
        life.cutOff = false;
        if (now.isBefore(life.nextStart)) {
            Operations.wake(it, life.nextStart, now);
            return;
        }
        if (!engine.isUsable()) return;
        if (life.mustLook) {
            Operation look = operations.begin(it, Verb.inspect, engine.kind, now);
            operations.ask(new AgentEffect.Inspect(engine.kind, look.number, it.id));
            return;
        }
        if (!Operations.enter(it, engine, Verb.ensure)) return;
        if (life.state == InstanceState.assigned) life.enter(InstanceState.preparing, "", now);
        life.mayExist = true;
        Operation ensure = operations.begin(it, Verb.ensure, engine.kind, now);
        operations.ask(new AgentEffect.Ensure(engine.kind, ensure.number, new Workload(
                it.id, life.generation, assigned.assignment().spec(), spec, Environment.of(assigned.assignment(), spec),
                hostPorts.getOrDefault(it.id.path(), Map.of()), settings.bind())));
    }

    private void runs(Instance it, Assigned assigned, ServiceSpec spec, Life life, Running running, Instant now) {
        boolean wasReady = life.isReady();
        boolean adopted = life.run == null && wasReady;
        boolean fresh = life.sees(running, now);
        if (fresh && wasReady && !adopted) life.restart("its engine started it again", now);
        if (fresh) rememberPorts(it, running);
        HealthVariables.Checks checks = Readiness.checks(spec, running);
        life.checks = checks.all();
        life.remark = Readiness.remark(checks, running, settings.bind(), settings.address());
        List<ProbeTarget> targets = Readiness.targets(checks.all(), spec, running, settings.address());
        life.checked = !targets.isEmpty();
        if (targets.isEmpty()) life.enter(InstanceState.ready, Readying.runningReason(life), now);
        else readying.probe(it, life, running, engineOf(assigned), targets, now);
        if (!targets.isEmpty() && !life.isReady()) {
            String waiting = life.unhealthy > 0 ? life.reason : "waits until it is healthy";
            life.enter(InstanceState.running, waiting, now);
        }
        readying.quiet(it, life, now);
        deadline(it, assigned, life, engineOf(assigned), now);
    }

    private static ExecutorKind engineOf(Assigned assigned) {
        return assigned.assignment().executor();
    }

    private void deadline(Instance it, Assigned assigned, Life life, ExecutorKind kind, Instant now) {
        if (!(assigned.assignment().kind() instanceof RunKind.ToCompletion(int _, Optional<Duration> limit)) || limit.isEmpty()) return;
        Instant deadline = life.runSince.plus(limit.get());
        if (now.isBefore(deadline)) {
            Operations.wake(it, deadline, now);
            return;
        }
        life.overdue = true;
        Engine engine = engines.find(kind).orElse(null);
        if (engine == null) return;
        life.reason = "ran longer than " + Restarts.text(limit.get()) + "; is being stopped";
        takedown.stop(it, engine, now);
    }

    private void rememberPorts(Instance it, Running running) {
        Map<String, Integer> ports = new HashMap<>();
        running.ports().forEach((port, target) -> ports.put(port, Published.parse(target).port()));
        hostPorts.remove(it.id.path());
        if (!ports.isEmpty()) hostPorts.put(it.id.path(), ports);
    }

    /** A probe's answer about the present run. */
    void probed(Instance it, long probe, AgentEvent.ProbeResult result, Instant now) {
        readying.probed(it, probe, result, now);
    }

    // ---- operations

    /** Takes an operation's outcome; {@code at} is the step's number. The instances to look at again, it first. */
    List<Instance> answered(Instance it, Operation operation, AgentEvent.Outcome outcome, long at, Instant now, Away away) {
        it.operation = null;
        Engine engine = engines.find(operation.kind).orElse(null);
        if (engine != null && operation.verb != Verb.drain) engine.lane(operation.verb).ifPresent(Engine.Lane::leave);
        switch (outcome) {
            case AgentEvent.Outcome.Runs(Running running) -> it.ensured(operation.kind, running, at);
            case AgentEvent.Outcome.Stopped _ -> {
                it.removalFailures = 0;
                it.on(operation.kind)
                        .filter(running -> running.state() == Running.State.running)
                        .ifPresent(running -> it.observe(operation.kind, ended(running), at));
            }
            case AgentEvent.Outcome.Removed _ -> {
                it.removalFailures = 0;
                it.gone(operation.kind, at);
                if (it.life != null) it.life.mayExist = false;
            }
            case AgentEvent.Outcome.Found(Optional<Running> found) -> {
                if (it.life != null && it.life.generation == operation.generation) {
                    it.life.mustLook = false;
                    it.life.mayExist = found.isPresent();
                }
                if (found.isPresent()) it.observe(operation.kind, found.get(), at);
                else it.gone(operation.kind, at);
            }
            case AgentEvent.Outcome.Drained _ -> it.withdrawnAt = 0;
            case AgentEvent.Outcome.Refused(ExecutorException.Kind kind, String message) ->
                    refused(it, operation, kind, message, now, away);
        }
        return new ArrayList<>(List.of(it));
    }

    /** Told that an engine does not answer. */
    interface Away {
        void away(ExecutorKind kind, String text);

        void listAgain(ExecutorKind kind);
    }

    private void refused(
            Instance it, Operation operation, ExecutorException.Kind kind, String message, Instant now, Away away) {
        // What was called off says nothing about the engine.
        if (kind == ExecutorException.Kind.unavailable && !operation.cancelled) away.away(operation.kind, message);
        if (kind == ExecutorException.Kind.conflict) away.listAgain(operation.kind);
        Life life = it.life;
        switch (operation.verb) {
            case ensure, inspect -> {
                // An answer about an earlier generation says nothing of this one; what it left shows in a listing.
                if (life == null || life.generation != operation.generation) return;
                life.mustLook = true;
                Assigned assigned = it.assigned;
                if (assigned == null || assigned.isStopping() || operation.cancelled) return;
                restarts.refused(it, assigned, life, kind, message, now);
            }
            case stop, remove -> {
                it.nextRemoval = now.plus(restarts.retryPause(it.removalFailures++));
                if (life != null && it.assigned != null) life.reason = "could not be stopped yet: " + message;
            }
            case drain -> it.withdrawnAt = 0;
        }
    }

    private static Running ended(Running running) {
        return new Running(
                running.instance(), running.generation(), running.digest(), running.name(), Running.State.ended,
                running.started(), Optional.empty(), false, running.address(), running.ports());
    }
}
