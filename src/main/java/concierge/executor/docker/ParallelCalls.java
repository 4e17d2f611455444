package concierge.executor.docker;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** The same call for many things, some at a time. */
final class ParallelCalls<A, B> {
    /** More at once make the engine slower, not faster. */
    private static final int AT_ONCE = 8;

    private final Function<A, B> call;

    ParallelCalls(Function<A, B> call) {
        this.call = call;
    }

    /** The results in the order of the arguments; the first failure, if any fails. */
    List<B> over(List<A> arguments) {
        List<Callable<B>> tasks = new ArrayList<>();
        for (A argument : arguments) tasks.add(() -> call.apply(argument));
        try (ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE, Thread.ofVirtual().factory())) {
            List<B> results = new ArrayList<>();
            for (Future<B> result : threads.invokeAll(tasks)) results.add(result.get());
            return results;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) throw failure;
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the engine was asked", e);
        }
    }
}
