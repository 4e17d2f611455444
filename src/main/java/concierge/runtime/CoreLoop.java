package concierge.runtime;

import java.time.InstantSource;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives a {@link Core} in production: one platform thread takes events from a bounded inbox and steps
 * the core; each effect is handed to the runner, which must return at once (start a virtual thread for
 * what blocks) and may {@link #tell} results from any thread.
 */
public final class CoreLoop<E, F> implements AutoCloseable {
    /** Events that may wait. Full means that the core is minutes behind: tellers then wait, which slows them down. */
    private static final int INBOX = 100_000;

    /** A teller that waits for room looks this often whether the loop was closed, milliseconds. */
    private static final long CLOSED_LOOK = 100;

    private static final Logger LOG = LoggerFactory.getLogger(CoreLoop.class);

    private final BlockingQueue<E> inbox = new ArrayBlockingQueue<>(INBOX);
    private final Core<E, F> core;
    private final InstantSource clock;
    private final Runner<F> runner;
    private final Thread thread;
    private volatile boolean closed;

    /** Runs effects; called on the loop's thread only. */
    public interface Runner<F> {
        void run(F effect);
    }

    public CoreLoop(String name, Core<E, F> core, InstantSource clock, Runner<F> runner) {
        this.core = core;
        this.clock = clock;
        this.runner = runner;
        this.thread = Thread.ofPlatform().name(name).daemon(true).unstarted(this::loop);
    }

    public void start() {
        thread.start();
    }

    /**
     * Puts an event into the inbox; from any thread but the loop's runner when the inbox may be full. Also
     * from a thread that was interrupted: what it was cancelled in has an outcome, and the core waits for it.
     */
    public void tell(E event) {
        boolean interrupted = false;
        boolean told = false;
        while (!told && !closed) {
            try {
                told = inbox.offer(event, CLOSED_LOOK, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }

    private void loop() {
        while (!closed) {
            try {
                E event = inbox.take();
                for (F effect : core.step(event, clock.instant())) runner.run(effect);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                // A bug in a core must not end the loop silently: say it, with its trace, and go on.
                LOG.error("core step failed core={}", thread.getName(), e);
            }
        }
    }

    /** Takes no further event; effects under way go on. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
