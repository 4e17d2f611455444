package concierge.agent.core;

import concierge.agent.core.Instance.Operation;
import concierge.agent.core.Instance.Verb;
import concierge.agent.instance.Assigned;
import concierge.executor.Running;
import concierge.model.ExecutorKind;
import concierge.model.InstanceState;
import concierge.model.Loss;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Takes instances away: endpoints first, then what any engine shows of them, in this order however often it is
 * asked. Confined to the core.
 */
final class Takedown {
    private final AgentCore.Settings settings;
    private final Engines engines;
    private final Reports reports;
    private final Supervisor.Permission permission;
    private final Operations operations;

    Takedown(AgentCore.Settings settings, Engines engines, Reports reports, Supervisor.Permission permission, Operations operations) {
        this.settings = settings;
        this.engines = engines;
        this.reports = reports;
        this.permission = permission;
        this.operations = operations;
    }

    /** A ready instance that is to go loses its endpoints at once, whatever else is under way. */
    static void leaveReadiness(Life life, Instant now) {
        if (!life.state.isFinal()) life.enter(InstanceState.stopping, "", now);
    }

    void down(Instance it, Assigned assigned, Life life, Instant now) {
        leaveReadiness(life, now);
        if (!clearAll(it, now)) return;
        @Nullable Engine engine = engines.find(assigned.assignment().executor()).orElse(null);
        boolean ahead = it.ahead(permission.revision()).isPresent();
        if (life.mayExist && engine != null && !ahead) {
            // A try whose outcome nobody told may have left something that no listing shows yet.
            remove(it, engine, now);
            return;
        }
        if (engine != null && !engine.listed) return;
        life.enter(InstanceState.stopped, life.exitCode.isPresent() ? life.reason : "", now);
    }

    /** Takes away whatever any engine shows of it, but not what is newer than the store; true: nothing is left, and its endpoints are withdrawn. */
    boolean clearAll(Instance it, Instant now) {
        Optional<ExecutorKind> ahead = it.ahead(permission.revision());
        Optional<ExecutorKind> ours = it.engines().stream().filter(kind -> !ahead.equals(Optional.of(kind))).findFirst();
        if (ours.isPresent()) {
            clear(it, ours.get(), now);
            return false;
        }
        return it.assigned == null || isWithdrawn(it, now);
    }

    /** Stops, then removes, what one engine shows of it. */
    void clear(Instance it, ExecutorKind kind, Instant now) {
        @Nullable Engine engine = engines.find(kind).orElse(null);
        Running running = it.on(kind).orElseThrow();
        if (engine == null || !isWithdrawn(it, now)) return;
        if (running.state() == Running.State.running) {
            stop(it, engine, now);
            return;
        }
        if (it.life != null && it.life.generation == running.generation() && running.exitCode().isPresent())
            it.life.exitCode = running.exitCode();
        remove(it, engine, now);
    }

    /** Endpoints go first, then the routers let go of them, then the instance may stop. */
    private boolean isWithdrawn(Instance it, Instant now) {
        if (reports.isPublished(it)) return false;
        if (it.withdrawnAt == 0) return true;
        Operation drain = operations.begin(it, Verb.drain, settings.anyEngine(), now);
        operations.ask(new AgentEffect.AwaitRouters(drain.number, it.id, it.withdrawnAt));
        return false;
    }

    /** Stops it at once: others may start it elsewhere soon. Its endpoints stay, since the store does not answer. */
    void cutOff(Instance it, Instant now) {
        for (ExecutorKind kind : it.engines()) {
            Engine engine = engines.find(kind).orElse(null);
            if (engine == null || it.on(kind).orElseThrow().state() != Running.State.running) continue;
            if (it.life != null) it.life.cutOff = true;
            stop(it, engine, it.grace.compareTo(Loss.STOP_GRACE) < 0 ? it.grace : Loss.STOP_GRACE, now);
            return;
        }
    }

    void stop(Instance it, Engine engine, Instant now) {
        stop(it, engine, it.grace, now);
    }

    private void stop(Instance it, Engine engine, Duration grace, Instant now) {
        if (!mayRemove(it, engine, Verb.stop, now)) return;
        Operation stop = operations.begin(it, Verb.stop, engine.kind, now);
        operations.ask(new AgentEffect.Stop(engine.kind, stop.number, it.id, grace));
    }

    private void remove(Instance it, Engine engine, Instant now) {
        if (!mayRemove(it, engine, Verb.remove, now)) return;
        Operation remove = operations.begin(it, Verb.remove, engine.kind, now);
        operations.ask(new AgentEffect.Remove(engine.kind, remove.number, it.id));
    }

    private boolean mayRemove(Instance it, Engine engine, Verb verb, Instant now) {
        if (!engine.isUsable()) return false;
        if (now.isBefore(it.nextRemoval)) {
            Operations.wake(it, it.nextRemoval, now);
            return false;
        }
        return Operations.enter(it, engine, verb);
    }
}
