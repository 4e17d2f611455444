package concierge;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * How long a serving role runs: until it is told to stop, by TERM, INT or itself. The virtual machine then
 * waits until {@link #ended} was said, else it would halt in the middle of closing.
 */
final class Lifetime {
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);

    Lifetime(String role) {
        Runtime.getRuntime().addShutdownHook(new Thread(this::stopAndWait, role + " shutdown"));
    }

    void stop() {
        stopping.countDown();
    }

    void awaitStop() throws InterruptedException {
        stopping.await();
    }

    /** False: nobody has said so within that time. */
    boolean awaitStop(Duration atMost) throws InterruptedException {
        return stopping.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    void ended() {
        ended.countDown();
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
