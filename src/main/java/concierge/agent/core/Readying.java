package concierge.agent.core;

import concierge.agent.instance.AgentLimits;
import concierge.agent.instance.Assigned;
import concierge.agent.instance.ProbeTarget;
import concierge.executor.Running;
import concierge.model.ExecutorKind;
import concierge.model.Health;
import concierge.model.InstanceState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Finds out whether what runs is ready, by its health checks, and when a row of failures is over. Confined to the core. */
final class Readying {
    private final Operations operations;

    Readying(Operations operations) {
        this.operations = operations;
    }

    /** Has it probed, when it is time. */
    void probe(
            Instance it, Life life, Running running, ExecutorKind kind, List<ProbeTarget> targets, Instant now) {
        if (life.probing) return;
        if (now.isBefore(life.nextProbe)) {
            Operations.wake(it, life.nextProbe, now);
            return;
        }
        life.probing = true;
        operations.ask(new AgentEffect.Probe(kind, it.id, life.probe, targets));
    }

    /** A probe's answer about the present run. */
    void probed(Instance it, long probe, AgentEvent.ProbeResult result, Instant now) {
        Life life = it.life;
        Assigned assigned = it.assigned;
        if (life == null || assigned == null || assigned.spec().isEmpty() || life.probe != probe || !life.probing) return;
        life.probing = false;
        boolean runs = life.state == InstanceState.running || life.state == InstanceState.ready;
        if (!runs || assigned.isStopping()) return;
        if (life.checks.isEmpty()) return;
        Health first = life.checks.getFirst();
        switch (result) {
            case AgentEvent.ProbeResult.Healthy _ -> {
                life.unhealthy = 0;
                life.enter(InstanceState.ready, runningReason(life), now);
            }
            case AgentEvent.ProbeResult.Unhealthy(String reason) -> {
                life.unhealthy++;
                String text = "not healthy: " + reason + (life.remark.isEmpty() ? "" : "; " + life.remark);
                boolean starting = now.isBefore(life.runSince.plus(first.startPeriod()));
                if (!life.isReady()) life.reason = text;
                else if (life.unhealthy >= first.retries() && !starting) life.enter(InstanceState.running, text, now);
            }
            case AgentEvent.ProbeResult.Unknown _ -> {}
        }
        Duration pause = life.isReady() || life.probePause.compareTo(first.interval()) > 0 ? first.interval() : life.probePause;
        life.probePause = life.probePause.multipliedBy(2).compareTo(first.interval()) > 0
                ? first.interval()
                : life.probePause.multipliedBy(2);
        life.nextProbe = now.plus(pause);
    }

    /** A run that lasts ends the row. */
    void quiet(Instance it, Life life, Instant now) {
        if (life.row == 0) return;
        Instant quiet = life.runSince.plus(AgentLimits.QUIET);
        if (now.isBefore(quiet)) {
            Operations.wake(it, quiet, now);
            return;
        }
        life.row = 0;
        if (life.isReady()) life.reason = life.remark;
    }

    static String runningReason(Life life) {
        return life.isCrashing() ? "crash loop: failed " + life.row + " times in a row; runs again" : life.remark;
    }
}
