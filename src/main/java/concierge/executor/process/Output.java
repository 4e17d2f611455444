package concierge.executor.process;

import concierge.executor.Executor.LogQuery;
import concierge.executor.Executor.LogSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * What an instance has written: numbered segments a stream, {@code out.1}, {@code err.1}…, of lines {@code
 * seconds text}. Bounded by the shim's collectors; here it is read, the two streams merged by time.
 */
record Output(Path folder) {
    /** 8 segments of 1 MiB a stream: weeks of a quiet service, the last minutes of a loud one. */
    static final long SEGMENT_BYTES = 1 << 20;

    static final int SEGMENTS = 8;

    /** Output folders of removed instances that are kept, the newest ones: at most 3 GiB, in practice little. */
    static final int KEPT_FOLDERS = 200;

    /** Between two looks of a follower: fast enough for eyes, no load (two stats a look). */
    private static final Duration FOLLOW_INTERVAL = Duration.ofMillis(50);

    /** @param alive false: nothing more will be written; what there is is read to its end */
    void read(LogQuery query, LogSink sink, BooleanSupplier alive) throws IOException {
        OutputCursor out = new OutputCursor(folder, "out", false);
        OutputCursor err = new OutputCursor(folder, "err", true);
        try (out; err) {
            if (query.tail() >= 0) {
                for (OutputLine line : last(query, out, err)) {
                    if (!sink.line(line.at(), line.error(), line.text())) return;
                }
            }
            while (true) {
                boolean more = alive.getAsBoolean();
                for (Optional<OutputLine> line = next(out, err); line.isPresent(); line = next(out, err)) {
                    if (wanted(query, line.get()) && !sink.line(line.get().at(), line.get().error(), line.get().text())) return;
                }
                if (!query.follow() || !more) return;
                Thread.sleep(FOLLOW_INTERVAL);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Leaves the cursors at the end. */
    private static Deque<OutputLine> last(LogQuery query, OutputCursor out, OutputCursor err) throws IOException {
        Deque<OutputLine> lines = new ArrayDeque<>();
        for (Optional<OutputLine> line = next(out, err); line.isPresent(); line = next(out, err)) {
            if (!wanted(query, line.get())) continue;
            lines.add(line.get());
            if (lines.size() > query.tail()) lines.remove();
        }
        return lines;
    }

    private static boolean wanted(LogQuery query, OutputLine line) {
        return query.since().map(since -> !line.at().isBefore(since)).orElse(true);
    }

    private static Optional<OutputLine> next(OutputCursor out, OutputCursor err) throws IOException {
        Optional<OutputLine> first = out.peek();
        Optional<OutputLine> second = err.peek();
        if (first.isEmpty() || (second.isPresent() && second.get().at().isBefore(first.get().at()))) return err.take();
        return out.take();
    }

    /** Removes the oldest output folders under {@code all} that no instance writes to any more. */
    static void prune(Path all, java.util.Set<String> inUse) throws IOException {
        List<Path> unused;
        try (Stream<Path> folders = Files.list(all)) {
            unused = folders.filter(folder -> !inUse.contains(folder.getFileName().toString()))
                    .sorted(Comparator.comparing(Output::modified).reversed())
                    .toList();
        }
        for (Path folder : unused.stream().skip(KEPT_FOLDERS).toList()) new InstanceFolder(folder).delete();
    }

    private static FileTime modified(Path folder) {
        try {
            return Files.getLastModifiedTime(folder);
        } catch (IOException e) {
            return FileTime.fromMillis(0);
        }
    }
}
