package concierge.agent.core;

import concierge.agent.instance.AgentLimits;
import concierge.agent.instance.Progress;
import concierge.executor.Running;
import concierge.model.Health;
import concierge.model.InstanceState;
import concierge.model.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What happened in one generation of an instance: the facts behind its {@link Status}. Confined to the core. */
final class Life {
    private final WallTime wall;
    final long generation;
    InstanceState state = InstanceState.assigned;
    /** By the machine's clock, for people. */
    Instant since;
    String reason = "";
    Optional<Integer> exitCode = Optional.empty();
    int restarts;
    boolean oomKilled;
    String container = "";
    SortedMap<String, String> ports = new TreeMap<>();
    List<String> lastLog = List.of();

    /** Runs that ended, and starts that failed, without a quiet time between. */
    int row;

    /** Failed tries to ensure without a run between; grows the pauses. */
    int refusals;

    /** No start before this. */
    Instant nextStart = Instant.MIN;

    /** An ensure's outcome is in doubt: look before the next. */
    boolean mustLook;

    /** The engine may hold something of it that no listing has shown. */
    boolean mayExist;

    /** It ran at some time: what runs to completion is not run again. */
    boolean everRan;

    /** The run (by its start) whose end was accounted for. */
    @Nullable Instant accounted;

    /** The present run. */
    @Nullable Instant run;

    /** When the present run was first seen, by our clock. */
    Instant runSince = Instant.MIN;

    /** The next run that is seen may be one of before this agent's time. */
    private boolean adopts;

    boolean overdue;

    /** It was stopped because nobody may have heard of this host: no failure of its own. */
    boolean cutOff;

    // readiness of the present run
    long probe;
    boolean probing;
    Instant nextProbe = Instant.MIN;
    Duration probePause = AgentLimits.PROBE_FIRST;
    int unhealthy;
    /** Of the present run: what decides readiness; none: running is ready. */
    List<Health> checks = List.of();
    /** One of them can be asked. */
    boolean checked;
    /** What people should know of it although it is ready. */
    String remark = "";

    Life(long generation, WallTime wall, Instant now) {
        this(generation, wall.at(now), wall);
    }

    private Life(long generation, Instant since, WallTime wall) {
        this.generation = generation;
        this.wall = wall;
        this.since = since;
    }

    /** Goes on from what was reported before this agent started. */
    static Life resume(Status status, WallTime wall) {
        Life life = new Life(status.generation(), status.since(), wall);
        life.adopts = true;
        life.state = status.state();
        life.reason = status.reason();
        life.exitCode = status.exitCode();
        life.restarts = status.restarts();
        life.oomKilled = status.oomKilled();
        life.container = status.container();
        life.ports = new TreeMap<>(status.ports());
        life.lastLog = status.lastLog();
        life.checked = status.checked();
        life.row = status.crashing() ? AgentLimits.CRASHES : 0;
        life.everRan = Progress.phase(status.state()) >= Progress.phase(InstanceState.running) || status.restarts() > 0;
        life.mayExist = status.state() != InstanceState.assigned && status.state() != InstanceState.stopped;
        return life;
    }

    /** Moves on; a state of an earlier phase than the present one leaves the state as it is. */
    void enter(InstanceState next, String reason, Instant now) {
        if (state.isFinal()) return;
        this.reason = reason;
        if (next == state || Progress.phase(next) < Progress.phase(state)) return;
        state = next;
        since = wall.at(now);
    }

    /** Goes back to the start: the one way for a state to fall. */
    void restart(String reason, Instant now) {
        restarts++;
        state = InstanceState.starting;
        since = wall.at(now);
        this.reason = reason;
    }

    /** A running container was seen; true: it is a run that was not known. */
    boolean sees(Running running, Instant now) {
        container = running.name();
        ports = running.ports();
        everRan = true;
        mayExist = true;
        refusals = 0;
        Instant started = running.started().orElse(Instant.EPOCH);
        if (started.equals(run)) return false;
        run = started;
        // A run of before our time has its own start; of ours we know it, whatever the engine's clock shows.
        Instant began = wall.steady(started);
        runSince = !adopts || started.equals(Instant.EPOCH) || began.isAfter(now) ? now : began;
        adopts = false;
        probe++;
        probing = false;
        nextProbe = now;
        probePause = AgentLimits.PROBE_FIRST;
        unhealthy = 0;
        return true;
    }

    boolean isCrashing() {
        return row >= AgentLimits.CRASHES;
    }

    boolean isReady() {
        return state == InstanceState.ready;
    }

    Status status(Optional<String> trouble) {
        String shown = state.isFinal() ? reason : trouble.orElse(reason);
        return new Status(
                generation, state, since, shown, exitCode, restarts, isCrashing(), oomKilled, container, ports, lastLog, checked);
    }
}
