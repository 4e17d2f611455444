package concierge.agent;

import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.ForwardingExecutor;
import concierge.executor.Running;
import concierge.executor.Workload;
import concierge.model.InstanceId;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** An executor that speaks of this store's generations. */
final class AdoptingExecutor extends ForwardingExecutor {
    private final Adoptions adoptions;

    AdoptingExecutor(Executor executor, Adoptions adoptions) {
        super(executor);
        this.adoptions = adoptions;
    }

    @Override
    public Running ensure(Workload workload, Consumer<String> progress) {
        return adoptions.here(executor.ensure(adoptions.engines(workload), progress));
    }

    @Override
    public void remove(InstanceId instance) {
        executor.remove(instance);
        adoptions.removed(instance);
    }

    @Override
    public Optional<Running> inspect(InstanceId instance) {
        return executor.inspect(instance).map(adoptions::here);
    }

    @Override
    public List<Running> list() {
        return executor.list().stream().map(adoptions::here).toList();
    }

    @Override
    public AutoCloseable watch(Watcher watcher) {
        return executor.watch(new Watcher() {
            @Override
            public void changed(Running instance) {
                try {
                    watcher.changed(adoptions.here(instance));
                } catch (ExecutorException _) {
                    // It cannot be judged now; a listing tells of it when it can.
                    watcher.gap();
                }
            }

            @Override
            public void gap() {
                watcher.gap();
            }
        });
    }
}
