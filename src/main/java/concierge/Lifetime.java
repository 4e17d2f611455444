package concierge;

import concierge.cli.client.Exit;
import concierge.runtime.Signals;
import concierge.store.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * How long a serving role runs: until it is told to stop, by TERM, INT or itself. The virtual machine then
 * waits until the role has closed what it opened, else it would halt in the middle of that; unless a second
 * signal says that nobody wants to wait.
 */
final class Lifetime {
    /** What sends a signal to a whole group of processes, or passes it on, may send two for one. */
    private static final Duration ONE_SIGNAL = Duration.ofMillis(300);

    private final CountDownLatch stopping = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);

    private final AtomicLong signalled = new AtomicLong();
    private volatile Supplier<Optional<String>> left = Optional::empty;

    private Lifetime(String role) {
        Signals.on("TERM", () -> signal(143));
        Signals.on("INT", () -> signal(130));
        Runtime.getRuntime().addShutdownHook(new Thread(this::stopAndWait, role + " shutdown"));
    }

    /** A role: opens its parts, waits for its {@link #awaitStop}, and closes them. */
    interface Role {
        /** @throws IOException as {@link StoreException}: told to people by its message alone */
        void serve(Lifetime lifetime) throws IOException, InterruptedException;
    }

    /** Serves until it is told to stop; returns the exit code. */
    static int serve(String name, Path home, Role role) {
        Lifetime lifetime = new Lifetime(name);
        try {
            role.serve(lifetime);
            return 0;
        } catch (Misconfigured e) {
            System.err.println("error: " + e.getMessage());
            return Exit.USAGE;
        } catch (IOException | StoreException e) {
            System.err.println("error: " + message(e, home));
            return Exit.FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        } finally {
            lifetime.ended.countDown();
        }
    }

    /** @param reason what would be left undone if it ended now, for people; empty: nothing of note */
    void leaves(Supplier<Optional<String>> reason) {
        left = reason;
    }

    private void signal(int code) {
        long now = System.nanoTime();
        if (signalled.compareAndSet(0, now)) System.exit(code);
        if (now - signalled.get() < ONE_SIGNAL.toNanos()) return;
        System.err.println("concierge: ended at once, at a second signal" + left.get().map(it -> "; left: " + it).orElse(""));
        Runtime.getRuntime().halt(code);
    }

    /** The system tells of a full disk without saying which. */
    static String message(Exception e, Path home) {
        String said = String.valueOf(e.getMessage());
        boolean full = said.contains("No space left on device") && !said.contains(home.toString());
        return full ? "no space left on the disk of " + home + " (" + said + "); free some there and start again" : said;
    }

    void stop() {
        stopping.countDown();
    }

    boolean isStopping() {
        return stopping.getCount() == 0;
    }

    void awaitStop() throws InterruptedException {
        stopping.await();
    }

    /** False: nobody has said so within that time. */
    boolean awaitStop(Duration atMost) throws InterruptedException {
        return stopping.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void stopAndWait() {
        stop();
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
