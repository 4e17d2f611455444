package concierge.executor;

import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * An executor before another: asks it for everything that a subclass does not do itself. Whoever made the other closes
 * it.
 */
public abstract class ForwardingExecutor implements Executor {
    protected final Executor executor;

    protected ForwardingExecutor(Executor executor) {
        this.executor = executor;
    }

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
        return executor.ensure(workload, progress);
    }

    @Override
    public void stop(InstanceId instance, Duration grace) {
        executor.stop(instance, grace);
    }

    @Override
    public void remove(InstanceId instance) {
        executor.remove(instance);
    }

    @Override
    public Optional<Running> inspect(InstanceId instance) {
        return executor.inspect(instance);
    }

    @Override
    public boolean checksHealth() {
        return executor.checksHealth();
    }

    @Override
    public List<Running> list() {
        return executor.list();
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
        return executor.watch(watcher);
    }

    @Override
    public void close() {}
}
