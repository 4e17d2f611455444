package concierge.server;

import concierge.executor.Attachable;
import concierge.executor.Belongings;
import concierge.executor.ExecRequest;
import concierge.executor.ExecSession;
import concierge.executor.ExecutorException;
import concierge.executor.IdleExecutor;
import concierge.executor.VolumeEngine;
import concierge.model.InstanceId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** Runs nothing; says what it is told to say. */
final class FakeExecutor extends IdleExecutor implements Attachable, VolumeEngine, Belongings {
    /** Volume names by stack. */
    final Map<String, List<String>> volumes = new ConcurrentHashMap<>();
    final Map<InstanceId, List<Line>> output = new ConcurrentHashMap<>();
    private final Map<InstanceId, Integer> runs = new ConcurrentHashMap<>();
    private final Set<InstanceId> hanging = ConcurrentHashMap.newKeySet();
    volatile boolean available = true;

    record Line(Instant at, boolean error, String text) {}

    /** The run has ended: whoever follows it is told no more, as engines do. */
    void end(String instance) {
        runs.merge(InstanceId.parse(instance), 1, Integer::sum);
    }

    void say(String instance, Instant at, String text) {
        output.computeIfAbsent(InstanceId.parse(instance), _ -> new CopyOnWriteArrayList<>()).add(new Line(at, false, text));
    }

    /** Whoever reads its output waits until he gives up. */
    void hang(String instance) {
        hanging.add(InstanceId.parse(instance));
    }

    @Override
    public Availability availability() {
        return new Availability(available, available ? "fake engine" : "nothing answers at fake.sock");
    }

    @Override
    public void logs(InstanceId instance, LogQuery query, LogSink sink) throws IOException {
        List<Line> lines = output.getOrDefault(instance, List.of());
        int from = query.tail() < 0 ? 0 : Math.max(0, lines.size() - query.tail());
        int at = from;
        int run = runs.getOrDefault(instance, 0);
        try {
            if (hanging.contains(instance)) new CountDownLatch(1).await();
            do {
                for (; at < lines.size(); at++) {
                    Line line = lines.get(at);
                    if (query.since().isPresent() && line.at().isBefore(query.since().get())) continue;
                    if (!sink.line(line.at(), line.error(), line.text())) return;
                }
                if (query.follow()) new CountDownLatch(1).await(20, java.util.concurrent.TimeUnit.MILLISECONDS);
            } while (query.follow() && run == runs.getOrDefault(instance, 0));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public ExecSession attach(InstanceId instance, int columns, int rows) throws IOException {
        return exec(instance, new ExecRequest(
                List.of("attached", columns + "x" + rows), Map.of(), Optional.empty(), Optional.empty(), false, true, 0, 0));
    }

    /** Its output is its input, after the words of the command; it exits with 7. */
    @Override
    public ExecSession exec(InstanceId instance, ExecRequest request) throws IOException {
        if (!available) throw new ExecutorException(ExecutorException.Kind.unavailable, "nothing answers at fake.sock");
        PipedInputStream echoed = new PipedInputStream(1 << 16);
        PipedOutputStream input = new PipedOutputStream(echoed);
        InputStream start = new ByteArrayInputStream((String.join(" ", request.command()) + "\n").getBytes(StandardCharsets.UTF_8));
        InputStream out = new java.io.SequenceInputStream(start, echoed);
        return new ExecSession() {
            @Override
            public OutputStream stdin() {
                return input;
            }

            @Override
            public InputStream stdout() {
                return out;
            }

            @Override
            public InputStream stderr() {
                return new ByteArrayInputStream("warned".getBytes(StandardCharsets.UTF_8));
            }

            @Override
            public void resize(int columns, int rows) {
                ByteArrayOutputStream told = new ByteArrayOutputStream();
                told.writeBytes((columns + "x" + rows + "\n").getBytes(StandardCharsets.UTF_8));
                try {
                    told.writeTo(input);
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }

            @Override
            public int exitCode() {
                return 7;
            }

            @Override
            public void close() {
                try {
                    input.close();
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }
        };
    }

    @Override
    public Removed removeVolumes(String stack) {
        if (!available) throw new ExecutorException(ExecutorException.Kind.unavailable, "nothing answers at fake.sock");
        List<String> removed = volumes.remove(stack);
        return new Removed(removed == null ? List.of() : removed, List.of());
    }

    @Override
    public Removed clear(boolean withVolumes) {
        Removed cleared = new Removed(List.of("network"), List.of());
        if (!withVolumes) return cleared;
        List<String> all = volumes.values().stream().flatMap(List::stream).toList();
        volumes.clear();
        return cleared.and(new Removed(all, List.of()));
    }
}
