package concierge;

import concierge.store.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * How long a serving role runs: until it is told to stop, by TERM, INT or itself. The virtual machine then
 * waits until the role has closed what it opened, else it would halt in the middle of that.
 */
final class Lifetime {
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);

    private Lifetime(String role) {
        Runtime.getRuntime().addShutdownHook(new Thread(this::stopAndWait, role + " shutdown"));
    }

    /** A role: opens its parts, waits for its {@link #awaitStop}, and closes them. */
    interface Role {
        /** @throws IOException as {@link StoreException}: told to people by its message alone */
        void serve(Lifetime lifetime) throws IOException, InterruptedException;
    }

    /** Serves until it is told to stop; returns the exit code. */
    static int serve(String name, Role role) {
        Lifetime lifetime = new Lifetime(name);
        try {
            role.serve(lifetime);
            return 0;
        } catch (IOException | StoreException e) {
            System.err.println("concierge: " + e.getMessage());
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        } finally {
            lifetime.ended.countDown();
        }
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
