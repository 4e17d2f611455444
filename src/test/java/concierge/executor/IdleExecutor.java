package concierge.executor;

import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** An engine with nothing in it, for tests to give it what they are about. */
public class IdleExecutor implements Executor {
    @Override
    public ExecutorKind kind() {
        return ExecutorKind.docker;
    }

    @Override
    public Availability availability() {
        return new Availability(true, "fake engine");
    }

    @Override
    public Running ensure(Workload workload, Consumer<String> progress) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void stop(InstanceId instance, Duration grace) {}

    @Override
    public void remove(InstanceId instance) {}

    @Override
    public Optional<Running> inspect(InstanceId instance) {
        return Optional.empty();
    }

    @Override
    public List<Running> list() {
        return List.of();
    }

    @Override
    public void logs(InstanceId instance, LogQuery query, LogSink sink) throws IOException {}

    @Override
    public ExecSession exec(InstanceId instance, ExecRequest request) throws IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public Stats stats(InstanceId instance) {
        return new Stats(0, 0, 0);
    }

    @Override
    public AutoCloseable watch(Watcher watcher) {
        return () -> {};
    }

    @Override
    public void close() {}
}
