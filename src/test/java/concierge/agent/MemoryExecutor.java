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
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** An engine in memory for the driver's tests; outlives agents as a real one does. Thread-safe. */
final class MemoryExecutor implements Executor {
    final Map<InstanceId, Running> containers = new ConcurrentHashMap<>();
    final AtomicInteger ensures = new AtomicInteger();
    final AtomicInteger underWay = new AtomicInteger();
    final AtomicInteger mostUnderWay = new AtomicInteger();
    private final List<Watcher> watchers = new CopyOnWriteArrayList<>();
    volatile boolean available = true;
    /** What an ensure does before it returns. */
    volatile Runnable work = () -> {};

    @Override
    public ExecutorKind kind() {
        return ExecutorKind.docker;
    }

    @Override
    public Availability availability() {
        return new Availability(available, available ? "memory" : "no socket");
    }

    private void requireAvailable() {
        if (!available) throw new ExecutorException(ExecutorException.Kind.unavailable, "no socket");
    }

    @Override
    public Running ensure(Workload workload, Consumer<String> progress) {
        requireAvailable();
        ensures.incrementAndGet();
        mostUnderWay.accumulateAndGet(underWay.incrementAndGet(), Math::max);
        try {
            work.run();
        } finally {
            underWay.decrementAndGet();
        }
        Running running = new Running(
                workload.instance(), workload.generation(), workload.digest(), workload.instance().containerName(), Running.State.running,
                Optional.of(Instant.now()), Optional.empty(), false, "127.0.0.1", new TreeMap<>(Map.of("80/tcp", "127.0.0.1:" + (20_000 + workload.instance().n()))));
        containers.put(workload.instance(), running);
        return running;
    }

    void die(InstanceId instance, int exitCode) {
        Running before = containers.get(instance);
        Running ended = new Running(
                instance, before.generation(), before.digest(), before.name(), Running.State.ended, before.started(),
                Optional.of(exitCode), false, before.address(), before.ports());
        containers.put(instance, ended);
        watchers.forEach(watcher -> watcher.changed(ended));
    }

    @Override
    public void stop(InstanceId instance, Duration grace) {
        requireAvailable();
        if (containers.containsKey(instance)) die(instance, 143);
    }

    @Override
    public void remove(InstanceId instance) {
        requireAvailable();
        containers.remove(instance);
    }

    @Override
    public Optional<Running> inspect(InstanceId instance) {
        requireAvailable();
        return Optional.ofNullable(containers.get(instance));
    }

    @Override
    public List<Running> list() {
        requireAvailable();
        return new ArrayList<>(containers.values());
    }

    @Override
    public void logs(InstanceId instance, LogQuery query, LogSink sink) {
        sink.line(Instant.EPOCH, true, "last words");
    }

    /** {@code exit N}, after an optional output on standard error. */
    @Override
    public ExecSession exec(InstanceId instance, ExecRequest request) {
        requireAvailable();
        int code = Integer.parseInt(request.command().getLast());
        return new ExecSession() {
            @Override
            public OutputStream stdin() {
                return OutputStream.nullOutputStream();
            }

            @Override
            public InputStream stdout() {
                return InputStream.nullInputStream();
            }

            @Override
            public InputStream stderr() {
                return new ByteArrayInputStream("it hurts\nhere\n".getBytes(StandardCharsets.UTF_8));
            }

            @Override
            public void resize(int columns, int rows) {}

            @Override
            public int exitCode() throws InterruptedException {
                if (code < 0) Thread.currentThread().join();
                return code;
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public Stats stats(InstanceId instance) {
        return new Stats(0, 0, 1);
    }

    @Override
    public AutoCloseable watch(Watcher watcher) {
        watchers.add(watcher);
        return () -> watchers.remove(watcher);
    }

    @Override
    public void close() {}
}
