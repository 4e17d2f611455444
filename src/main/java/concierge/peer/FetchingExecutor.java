package concierge.peer;

import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.ForwardingExecutor;
import concierge.executor.ImageSource;
import concierge.executor.ImageTransfer;
import concierge.executor.Running;
import concierge.executor.Workload;
import concierge.image.Images;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * An executor that has images brought from other hosts where its engine lacks them: those that this installation built
 * before anything else, since no registry has them; any other when pulling it failed.
 */
final class FetchingExecutor extends ForwardingExecutor implements ImageSource {
    private final ImageTransfer engine;
    private final ImageFetcher fetcher;
    /** Built images that were here when they were looked for: a look costs a start two milliseconds. */
    private final Set<String> seen = ConcurrentHashMap.newKeySet();

    FetchingExecutor(Executor executor, ImageTransfer engine, ImageFetcher fetcher) {
        super(executor);
        this.engine = engine;
        this.fetcher = fetcher;
    }

    @Override
    public Running ensure(Workload workload, Consumer<String> progress) {
        Optional<String> image = workload.spec().image();
        if (image.isPresent() && Images.isBuilt(image.get()) && !seen.contains(image.get())) {
            if (engine.describe(image.get()).isEmpty()) fetcher.fetch(image.get(), progress);
            seen.add(image.get());
        }
        try {
            return executor.ensure(workload, progress);
        } catch (ExecutorException e) {
            if (e.kind() != Kind.imageMissing || image.isEmpty()) throw e;
            seen.remove(image.get());
            return fetched(image.get(), workload, e, progress);
        }
    }

    private Running fetched(String image, Workload workload, ExecutorException missing, Consumer<String> progress) {
        try {
            fetcher.fetch(image, progress);
        } catch (ExecutorException e) {
            // Who means a registry's image wants to hear what the registry said.
            if (!Images.isBuilt(image)) throw missing;
            throw e;
        }
        return executor.ensure(workload, progress);
    }

    @Override
    public void fetch(String reference, Consumer<String> progress) {
        fetcher.fetch(reference, progress);
    }
}
