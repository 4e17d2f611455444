package concierge.server.instance;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Merges the output of several instances by time. Each is in order by itself, so the earliest of all
 * heads comes next; a source that has nothing to say for {@link #PATIENCE} is not waited for. Every
 * source holds at most {@link #AHEAD} lines: whoever reads slowly slows down the sources.
 */
final class LogMerge {
    /** Lines a source may be ahead: enough that reading and sending overlap. */
    private static final int AHEAD = 256;

    /** People do not see this delay; lines of one moment that come in this time are put in order. */
    static final Duration PATIENCE = Duration.ofMillis(100);

    private final List<Source> sources = new ArrayList<>();
    private boolean closed;

    record Line(String instance, Instant at, boolean error, String text) {}

    /** One instance's output, put in by a thread of its own. */
    final class Source implements AutoCloseable {
        private final ArrayDeque<Line> lines = new ArrayDeque<>();
        private final String instance;
        private boolean ended;

        private Source(String instance) {
            this.instance = instance;
        }

        /** Waits while too much is waiting; false: nobody reads any more. */
        boolean put(Line line) throws InterruptedException {
            synchronized (LogMerge.this) {
                while (lines.size() >= AHEAD && !closed) LogMerge.this.wait();
                if (closed || ended) return false;
                lines.add(line);
                LogMerge.this.notifyAll();
                return true;
            }
        }

        /** It will not say anything more. */
        @Override
        public void close() {
            synchronized (LogMerge.this) {
                ended = true;
                LogMerge.this.notifyAll();
            }
        }
    }

    synchronized Source open(String instance) {
        Source source = new Source(instance);
        sources.add(source);
        return source;
    }

    /**
     * The next line; empty when all sources have ended, or when none came within the time.
     *
     * @param patient whether to wait for silent sources as long as it takes, for an exact order
     */
    synchronized Optional<Line> next(boolean patient, Duration atMost) throws InterruptedException {
        long start = System.nanoTime();
        while (true) {
            sources.removeIf(source -> source.ended && source.lines.isEmpty());
            Source earliest = earliest();
            boolean complete = sources.stream().noneMatch(source -> source.lines.isEmpty());
            long waited = System.nanoTime() - start;
            boolean longEnough = !patient && waited >= PATIENCE.toNanos();
            if (earliest != null && (complete || longEnough)) {
                notifyAll();
                return Optional.of(earliest.lines.remove());
            }
            if (sources.isEmpty() || waited >= atMost.toNanos()) return Optional.empty();
            long limit = earliest != null && !patient ? Math.min(PATIENCE.toNanos(), atMost.toNanos()) : atMost.toNanos();
            wait(Math.max(1, (limit - waited) / 1_000_000));
        }
    }

    /** Ends the sources that have nothing to say, so that the others' lines come; whose they were. */
    synchronized List<String> giveUpSilent() {
        List<Source> silent = sources.stream().filter(source -> source.lines.isEmpty() && !source.ended).toList();
        for (Source source : silent) source.close();
        return silent.stream().map(source -> source.instance).toList();
    }

    private @org.jspecify.annotations.Nullable Source earliest() {
        Source earliest = null;
        for (Source source : sources) {
            if (source.lines.isEmpty()) continue;
            if (earliest == null || source.lines.element().at().isBefore(earliest.lines.element().at())) earliest = source;
        }
        return earliest;
    }

    synchronized boolean isEmpty() {
        return sources.isEmpty();
    }

    synchronized void close() {
        closed = true;
        notifyAll();
    }
}
