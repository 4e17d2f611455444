package concierge.agent.instance;

import concierge.runtime.Backoff;
import java.time.Duration;

/** Every bound of the agent's decisions, with its reason. */
public final class AgentLimits {
    /** Ensures under way on one engine: engines gain nothing from more, and each holds a connection. */
    public static final int ENSURES_AT_ONCE = 64;

    /** Stops and removals under way on one engine; they mostly wait for a grace to pass. */
    public static final int REMOVALS_AT_ONCE = 64;

    /** A complete listing so often, in case that an engine lost an event. */
    public static final Duration LIST_EVERY = Duration.ofSeconds(30);

    /** Asking an engine that is away: soon at first (it restarts), then rarely (it is not installed). */
    public static final Backoff CHECK = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(15));

    /** Asking an engine that works whether it still does: one that hangs says nothing by itself. One small call, bounded by the executor. */
    public static final Duration CHECK_EVERY = Duration.ofSeconds(4);

    /** Whose volume another one still has looks again after this: a stop takes a second, and a look nothing. */
    public static final Duration LEFTOVER_LOOK = Duration.ofMillis(200);

    /** Reading a store that is away, empty or another's. What ended meanwhile waits for it, so the pauses stay short. */
    public static final Backoff READ = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(4));

    /** The same reason why the store is lost is said again so often: whoever looks into a log wants to see that it still is. */
    public static final Duration REMINDED = Duration.ofMinutes(1);

    /** So many different reasons in that time: those of several members and calls. */
    public static final int REASONS = 6;

    /** Repeating a commit whose outcome nobody knows. */
    public static final Backoff COMMIT = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(5));

    /** Trying again what may work later: a missing image, a taken port, a full disk. */
    public static final Backoff RETRY = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(60));

    /** Asking for the missing image of what runs once: some ten seconds bridge a registry's hiccup. */
    public static final int ONCE_TRIES = 5;

    /** Trying again what the engine refuses: only a change of the engine itself can help. */
    public static final Duration REFUSED_PAUSE = Duration.ofMinutes(5);

    /** Failures in a row that make a crash loop: two can be an accident of starting. */
    public static final int CRASHES = 3;

    /** A run that lasts so long ends a row of failures. */
    public static final Duration QUIET = Duration.ofSeconds(30);

    /** An operation without a sign of life for so long is told to people. */
    public static final Duration SILENCE = Duration.ofSeconds(20);

    /** Of a progress line: longer ones do not fit on any screen. */
    public static final int PROGRESS_CHARACTERS = 160;

    /** Progress lines reach the state at most so often: people read them, nothing depends on them. */
    public static final Duration PROGRESS_EVERY = Duration.ofSeconds(1);

    /** The pause before the second probe of a run; doubles up to the service's interval, so that readiness is seen at once. */
    public static final Duration PROBE_FIRST = Duration.ofMillis(50);

    /** A commit's conflict is explained by the watch within moments; else the store is read anew. */
    public static final Duration CONFLICT_PATIENCE = Duration.ofSeconds(2);

    /** A store that is behind what runs here is read again: revisions pass by what is written for all hosts, and nobody waits for it. */
    public static final Duration BEHIND_LOOK = Duration.ofSeconds(30);

    /** Instances whose host ports are remembered after they are gone: bounds memory. */
    public static final int REMEMBERED_PORTS = 10_000;

    private AgentLimits() {}
}
