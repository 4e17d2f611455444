package concierge.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Does several things at once that mostly wait. */
public final class Together {
    private Together() {}

    /** Returns when all have ended; then throws what the first of them failed with, if one did. */
    public static void run(List<Runnable> tasks) {
        List<Future<?>> running = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Runnable task : tasks) running.add(threads.submit(task));
        }
        for (Future<?> ended : running) {
            try {
                ended.get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof RuntimeException failure) throw failure;
                if (e.getCause() instanceof Error failure) throw failure;
                throw new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        }
    }

    public static void run(Runnable... tasks) {
        run(List.of(tasks));
    }
}
