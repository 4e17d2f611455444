package concierge.peer;

import concierge.executor.ExecRequest;
import concierge.executor.ExecSession;
import concierge.executor.Executor;
import concierge.executor.ImageTransfer;
import concierge.executor.Running;
import concierge.executor.Stats;
import concierge.executor.Workload;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** An engine with nothing in it, to be given what a test is about. */
class FakeEngine implements Executor, ImageTransfer {
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
    public Optional<Image> describe(String reference) {
        return Optional.empty();
    }

    @Override
    public void pull(String source, String reference, Consumer<String> progress) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int known(List<String> layers) {
        return 0;
    }

    @Override
    public void give(String reference, int without, LongConsumer size, OutputStream to) throws IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public void take(String reference, InputStream tar, long size) throws IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
