package concierge.server.events;

import concierge.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * What happened, for people: the newest in memory, more in a file that is rotated once. Thread-safe. Lost
 * lines of a crash are lost: the state is in the store, this only tells how it came about.
 */
public final class EventLog {
    /** Kept for readers: some days of a quiet installation, minutes of a wild one. */
    static final int KEPT = 5_000;

    /** Then the file becomes the `.1`, of which there is one: at most twice this on disk. */
    static final long FILE_BYTES = 8 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(EventLog.class);

    private final Path file;
    private final ArrayDeque<Numbered> events = new ArrayDeque<>();
    private long next;
    private long bytes;

    /**
     * @param kind instance, deployment, host, stack, server
     * @param subject what it is about: an instance's path, a stack's name, a host
     * @param level info, warn, error
     */
    public record Event(Instant at, String kind, String subject, String text, String level) {}

    private record Numbered(long number, Event event) {}

    private EventLog(Path file) {
        this.file = file;
    }

    /** Reads what an earlier server wrote. */
    public static EventLog open(Path file) throws IOException {
        EventLog log = new EventLog(file);
        log.read(rotated(file));
        log.read(file);
        log.bytes = Files.exists(file) ? Files.size(file) : 0;
        return log;
    }

    private static Path rotated(Path file) {
        return file.resolveSibling(file.getFileName() + ".1");
    }

    private void read(Path from) throws IOException {
        try (var lines = Files.newBufferedReader(from, StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) parse(line);
        } catch (NoSuchFileException e) {
            LOG.debug("no events yet file={}", from);
        } catch (java.nio.charset.MalformedInputException e) {
            LOG.warn("events before a damaged place are left out file={}", from);
        }
    }

    private void parse(String line) {
        try {
            keep(Json.read(line, Event.class));
        } catch (JacksonException e) {
            // The last line of a crash may be half; nothing else depends on it.
            LOG.debug("half an event left out line={}", line);
        }
    }

    private void keep(Event event) {
        events.add(new Numbered(next++, event));
        if (events.size() > KEPT) events.remove();
    }

    public synchronized void add(Event event) {
        keep(event);
        notifyAll();
        try {
            byte[] line = (Json.write(event) + "\n").getBytes(StandardCharsets.UTF_8);
            if (bytes + line.length > FILE_BYTES) rotate();
            Files.write(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            bytes += line.length;
        } catch (IOException e) {
            LOG.warn("event not written file={} reason={}", file, e.getMessage());
        }
    }

    private void rotate() throws IOException {
        Files.move(file, rotated(file), StandardCopyOption.REPLACE_EXISTING);
        bytes = 0;
    }

    /** A place among the events, and what came before it. */
    public record Reading(List<Event> events, long next) {}

    /** What is kept and was numbered {@code from} or later. */
    public synchronized Reading read(long from) {
        List<Event> found = new ArrayList<>();
        for (Numbered numbered : events) if (numbered.number() >= from) found.add(numbered.event());
        return new Reading(found, next);
    }

    /** Waits until there is an event of that number, or the time is over. */
    synchronized void await(long number, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (next <= number) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) return;
            wait(left);
        }
    }
}
