package concierge.executor;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Work that several need at once is done by the first of them; the others wait, and end as it does. Thread-safe. */
public final class OneAtATime {
    private final Map<String, CompletableFuture<Void>> running = new ConcurrentHashMap<>();

    /** @param progress told when somebody else does it already */
    public void run(String name, Consumer<String> progress, Runnable work) {
        CompletableFuture<Void> own = new CompletableFuture<>();
        CompletableFuture<Void> other = running.putIfAbsent(name, own);
        if (other != null) {
            progress.accept("waiting for " + name + ", which is fetched already");
            try {
                other.join();
                return;
            } catch (CompletionException e) {
                if (e.getCause() instanceof RuntimeException failure) throw failure;
                throw e;
            }
        }
        try {
            work.run();
            own.complete(null);
        } catch (RuntimeException e) {
            own.completeExceptionally(e);
            throw e;
        } finally {
            running.remove(name, own);
        }
    }
}
