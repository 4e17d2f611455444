package concierge.executor;

import concierge.model.InstanceId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;

/**
 * The output of removed instances, one bounded file an instance ({@code <folder>/<stack>/<tag>/<service>/<n>.log}),
 * generations one after the other. Each line: time, {@code o} or {@code e}, text. Thread-safe; a convenience, not
 * a record: it is not forced to disk.
 */
public final class LogArchive {
    /** The last few thousand lines: what somebody reads who asks why it ended. */
    public static final long FILE_LIMIT = 1 << 20;

    /** At most this many files, 500 MiB in all; the oldest go first. */
    private static final int FILES_LIMIT = 500;

    private final Path folder;

    public LogArchive(Path folder) {
        this.folder = folder;
    }

    /** Where a removed instance's output is collected while it is read. */
    public interface Entry extends Executor.LogSink, AutoCloseable {
        @Override
        void close();
    }

    private record Line(Instant at, boolean error, String text) {
        @Override
        public String toString() {
            return at + (error ? " e " : " o ") + text;
        }

        static Line parse(String line) {
            int space = line.indexOf(' ');
            return new Line(Instant.parse(line.substring(0, space)), line.charAt(space + 1) == 'e', line.substring(Math.min(line.length(), space + 3)));
        }
    }

    /** Collects the last lines up to the limit, and appends them to the instance's file when closed. */
    public Entry append(InstanceId instance) {
        Deque<String> lines = new ArrayDeque<>();
        long[] size = new long[1];
        return new Entry() {
            @Override
            public boolean line(Instant at, boolean error, String text) {
                String line = new Line(at, error, text).toString();
                lines.addLast(line);
                size[0] += line.length() + 1;
                while (size[0] > FILE_LIMIT / 2) size[0] -= lines.removeFirst().length() + 1;
                return true;
            }

            @Override
            public void close() {
                if (!lines.isEmpty()) write(instance, lines);
            }
        };
    }

    /** Hands over what is kept, oldest first; false when the sink had enough. */
    public boolean read(InstanceId instance, Executor.LogQuery query, Executor.LogSink sink) {
        Deque<Line> lines = new ArrayDeque<>();
        try (BufferedReader reader = Files.newBufferedReader(file(instance))) {
            for (String text; (text = reader.readLine()) != null; ) {
                Line line = Line.parse(text);
                if (query.since().filter(since -> line.at().isBefore(since)).isPresent()) continue;
                lines.addLast(line);
                if (query.tail() >= 0 && lines.size() > query.tail()) lines.removeFirst();
            }
        } catch (NoSuchFileException _) {
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the kept output of " + instance, e);
        }
        for (Line line : lines) {
            if (!sink.line(line.at(), line.error(), line.text())) return false;
        }
        return true;
    }

    private synchronized void write(InstanceId instance, Deque<String> lines) {
        Path file = file(instance);
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, lines, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            if (Files.size(file) > FILE_LIMIT) cut(file);
            prune();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot keep the output of " + instance + " in " + file, e);
        }
    }

    /** Keeps the newer half, whole lines, in the place of the file. */
    private static void cut(Path file) throws IOException {
        Deque<String> kept = new ArrayDeque<>();
        long size = 0;
        for (String line : Files.readAllLines(file)) {
            kept.addLast(line);
            size += line.length() + 1;
            while (size > FILE_LIMIT / 2) size -= kept.removeFirst().length() + 1;
        }
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.write(next, kept, StandardCharsets.UTF_8);
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private void prune() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = all.filter(path -> path.toString().endsWith(".log")).toList();
        }
        if (files.size() <= FILES_LIMIT) return;
        record Aged(Path file, FileTime time) {}
        List<Aged> aged = new java.util.ArrayList<>();
        for (Path file : files) aged.add(new Aged(file, Files.getLastModifiedTime(file)));
        aged.sort(Comparator.comparing(Aged::time));
        for (Aged old : aged.subList(0, files.size() - FILES_LIMIT)) Files.deleteIfExists(old.file());
    }

    private Path file(InstanceId instance) {
        return folder.resolve(instance.service().path()).resolve(instance.n() + ".log");
    }
}
