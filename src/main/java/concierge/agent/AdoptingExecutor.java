package concierge.agent;

import concierge.executor.ExecRequest;
import concierge.executor.ExecSession;
import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.Running;
import concierge.executor.Stats;
import concierge.executor.Workload;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** An executor that speaks of this store's generations. */
record AdoptingExecutor(Executor executor, Adoptions adoptions) implements Executor {
    @Override
    public ExecutorKind kind() {
        return executor.kind();
    }

    @Override
    public Availability availability() {
        return executor.availability();
    }

    @Override
    public Optional<String> remark(String bind) {
        return executor.remark(bind);
    }

    @Override
    public Running ensure(Workload workload, Consumer<String> progress) {
        return adoptions.here(executor.ensure(adoptions.engines(workload), progress));
    }

    @Override
    public void stop(InstanceId instance, Duration grace) {
        executor.stop(instance, grace);
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
    public boolean checksHealth() {
        return executor.checksHealth();
    }

    @Override
    public List<Running> list() {
        return executor.list().stream().map(adoptions::here).toList();
    }

    @Override
    public void logs(InstanceId instance, LogQuery query, LogSink sink) throws IOException {
        executor.logs(instance, query, sink);
    }

    @Override
    public ExecSession exec(InstanceId instance, ExecRequest request) throws IOException {
        return executor.exec(instance, request);
    }

    @Override
    public Stats stats(InstanceId instance) {
        return executor.stats(instance);
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

    /** Whoever made the executor closes it. */
    @Override
    public void close() {}
}
