package concierge.executor.docker;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Bounds blocking I/O. The transport cannot time out on Unix sockets, but a read of one ends when its
 * thread is interrupted: so each call runs on a virtual thread of its own, and that one is interrupted.
 */
final class Deadline {
    private Deadline() {}

    /**
     * @throws TimeoutException when {@code limit} has passed; the work is interrupted
     * @throws InterruptedException when the caller is interrupted; the work is, too
     */
    static <T> T call(Duration limit, Callable<T> work) throws TimeoutException, InterruptedException, ExecutionException {
        FutureTask<T> task = new FutureTask<>(work);
        Thread worker = Thread.ofVirtual().name("docker-call").start(task);
        boolean ended = false;
        try {
            T result = task.get(limit.toNanos(), TimeUnit.NANOSECONDS);
            ended = true;
            return result;
        } catch (ExecutionException e) {
            ended = true;
            throw e;
        } finally {
            if (!ended) worker.interrupt();
        }
    }
}
