package concierge.agent.core;

import concierge.agent.instance.AgentLimits;
import concierge.agent.instance.Assigned;
import concierge.executor.ExecutorException;
import concierge.executor.Running;
import concierge.model.InstanceState;
import concierge.model.Restart;
import concierge.model.RunKind;
import concierge.model.ServiceSpec;
import concierge.runtime.Backoff;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** What an end, or a start that failed, means: again at once, again later, or the end. Confined to the core. */
public final class Restarts {
    private final RandomGenerator random;

    Restarts(RandomGenerator random) {
        this.random = random;
    }

    boolean isAccounted(Life life, Running running) {
        return running.started().orElse(Instant.EPOCH).equals(life.accounted);
    }

    /** A run ended by itself. */
    void ended(Instance it, Assigned assigned, Life life, Running running, Instant now) {
        life.everRan = true;
        life.container = running.name();
        life.accounted = running.started().orElse(Instant.EPOCH);
        life.probe++;
        life.probing = false;
        life.exitCode = running.exitCode();
        life.oomKilled = running.oomKilled();
        boolean wasQuiet = life.accounted.equals(life.run)
                && Duration.between(life.runSince, now).compareTo(AgentLimits.QUIET) >= 0;
        if (wasQuiet) life.row = 0;
        String why = running.oomKilled()
                ? "killed for want of memory" + limit(assigned.spec())
                : running.exitCode().map(code -> "exited with " + code).orElse("ended, its exit code is not known");
        end(it, assigned, life, why, running.exitCode().equals(Optional.of(0)), now);
    }

    /** We stopped it ourselves, and it is wanted again. */
    void cutOff(Life life, Running running, Instant now) {
        life.accounted = running.started().orElse(Instant.EPOCH);
        life.probe++;
        life.probing = false;
        life.nextStart = now;
        life.restart("was stopped while its host was cut off (lost: stop); starts again", now);
    }

    private static String limit(Optional<ServiceSpec> spec) {
        long bytes = spec.map(it -> it.resources().memoryBytes()).orElse(0L);
        return bytes == 0 ? "" : " (limit " + (bytes >> 20) + " MiB)";
    }

    private void end(Instance it, Assigned assigned, Life life, String why, boolean success, Instant now) {
        if (!success) it.counter++;
        boolean again = switch (assigned.assignment().kind()) {
            case RunKind.ToCompletion _ -> false;
            case RunKind.Forever _ -> switch (policy(assigned)) {
                case always -> true;
                case onFailure -> !success;
                case never -> false;
            };
        };
        if (!again) {
            String reason = life.overdue ? "ran longer than its deadline" : success ? "" : why;
            life.enter(success && !life.overdue ? InstanceState.completed : InstanceState.failed, reason, now);
            return;
        }
        life.row++;
        // The first restart is immediate: most ends are accidents, and waiting helps nobody then.
        Duration pause = life.row == 1 ? Duration.ZERO : backoff(assigned).pause(life.row - 2, random.nextDouble());
        life.nextStart = now.plus(pause);
        String row = life.isCrashing() ? "crash loop: " + why + ", " + life.row + " times in a row" : why;
        life.restart(row + (pause.isZero() ? "; starts again" : "; starts again in " + text(pause)), now);
    }

    private static Restart.Policy policy(Assigned assigned) {
        return assigned.spec().map(spec -> spec.restart().policy()).orElse(Restart.Policy.always);
    }

    private static Backoff backoff(Assigned assigned) {
        Restart restart = assigned.spec().map(ServiceSpec::restart).orElse(Restart.ALWAYS);
        return new Backoff(restart.initial(), restart.longest());
    }

    /** The engine did not make or start it. */
    void refused(Instance it, Assigned assigned, Life life, ExecutorException.Kind kind, String message, Instant now) {
        boolean once = assigned.assignment().kind() instanceof RunKind.ToCompletion;
        // Somebody waits for what runs once: it gets an answer.
        boolean hopeless = kind == ExecutorException.Kind.refused
                || (kind == ExecutorException.Kind.imageMissing && life.refusals + 1 >= AgentLimits.ONCE_TRIES);
        if (once && hopeless) {
            life.enter(InstanceState.failed, message, now);
            return;
        }
        switch (kind) {
            // When the engine is back it is listed, and then looked at: no pause of its own.
            case unavailable -> {}
            case cannotStart -> end(it, assigned, life, message, false, now);
            case refused -> later(life, AgentLimits.REFUSED_PAUSE, message, now);
            case imageMissing, portTaken, exhausted, conflict, other -> later(life, retryPause(life.refusals++), message, now);
        }
    }

    private static void later(Life life, Duration pause, String message, Instant now) {
        life.nextStart = now.plus(pause);
        life.enter(InstanceState.starting, message + "; tried again in " + text(pause), now);
    }

    Duration retryPause(int failures) {
        return AgentLimits.RETRY.pause(failures, random.nextDouble());
    }

    /** For people: {@code 5 m}, {@code 12 s}, {@code 0.4 s}. */
    public static String text(Duration duration) {
        if (duration.toSeconds() >= 120) return duration.toMinutes() + " m";
        if (duration.toSeconds() >= 10) return duration.toSeconds() + " s";
        return Math.max(1, Math.round(duration.toMillis() / 100.0)) / 10.0 + " s";
    }
}
