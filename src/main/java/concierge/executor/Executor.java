package concierge.executor;

import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Runs instances on one technology. Dumb on purpose: no restarts, no retries, no opinions. Every verb is
 * idempotent, may be called from any thread, blocks until done and is bounded by a named time limit. An
 * executor sees and touches only what carries its installation's id.
 *
 * <p>Expected failures are {@link ExecutorException}s with a {@link ExecutorException.Kind}.
 */
public interface Executor extends AutoCloseable {
    ExecutorKind kind();

    /** Whether the engine answers now; the text says what was tried and what came back. */
    Availability availability();

    /** What people should know of ports that it publishes on an address; empty: nothing. Asks nobody. */
    default Optional<String> remark(String bind) {
        return Optional.empty();
    }

    /**
     * Makes the instance of this workload run: fetches the image, makes network and volumes, creates and
     * starts it. One of the same generation that runs already is left alone; one that has ended is started
     * again (same container, same ports); one of another generation is an error ({@code conflict}): stop and
     * remove it first.
     *
     * @param progress told of pulls and steps, a line each
     */
    Running ensure(Workload workload, Consumer<String> progress);

    /** TERM to all of it, KILL after the grace; returns when it has ended; harmless when it has. */
    void stop(InstanceId instance, Duration grace);

    /**
     * Removes it, with its anonymous belongings, never its named volumes; kills it if it runs. Its output is
     * kept first where {@link #logs} can still find it.
     */
    void remove(InstanceId instance);

    Optional<Running> inspect(InstanceId instance);

    /** Whether the engine runs {@code exec} health checks by itself: what it calls running has passed them. */
    default boolean checksHealth() {
        return false;
    }

    /** Everything of this installation, whatever made it. */
    List<Running> list();

    /**
     * The output, oldest first; also of removed instances as far as it is kept.
     *
     * @param follow goes on until {@code sink} returns false, the instance is removed, or the thread is
     *     interrupted
     */
    void logs(InstanceId instance, LogQuery query, LogSink sink) throws IOException;

    /** Runs a command inside; the caller closes the session. */
    ExecSession exec(InstanceId instance, ExecRequest request) throws IOException;

    Stats stats(InstanceId instance);

    /** Tells of every start and end as it happens; {@link Watcher#gap} when some may have been missed. */
    AutoCloseable watch(Watcher watcher);

    @Override
    void close();

    /** @param text what answered, or why it does not: {@code Docker 20.10.24 at unix:///var/run/docker.sock} */
    record Availability(boolean available, String text) {}

    /** @param since only later output; @param tail only so many last lines, -1: all */
    record LogQuery(boolean follow, Optional<Instant> since, int tail) {}

    /** Receives output lines; false: no more, please. */
    interface LogSink {
        boolean line(Instant at, boolean error, String text);
    }

    interface Watcher {
        void changed(Running instance);

        /** The stream broke and is back: list anew. */
        void gap();
    }
}
