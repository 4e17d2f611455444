package concierge.server.queue;

import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.model.InstanceId;
import concierge.model.InstanceView;
import concierge.model.View;
import concierge.server.instance.Executors;
import concierge.server.refusal.Refusal;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How workers come along, by what they said of it last ({@link Progress}). Read from their output when somebody asks, so
 * that it costs nothing otherwise, is the same for every executor and on every host, and is there again after any restart
 * of ours. Thread-safe; what was read is remembered for as long as its instance is asked about.
 */
final class ProgressReader {
    private static final Logger LOG = LoggerFactory.getLogger(ProgressReader.class);

    /** People wait for the answer; of what is not read by then the last one known is told, with its age. */
    private static final Duration LIMIT = Duration.ofSeconds(2);

    /** Workers speak every few seconds; whoever asks more often gets the same. */
    private static final Duration FRESH = Duration.ofSeconds(1);

    /** Readers of one host's engine at once: as it works for instances, too. A host that hangs holds up only its own. */
    private static final int AT_ONCE = 8;

    /** What a worker says besides; the newest line of progress stands among so many last ones, or is old. */
    private static final int LINES = 100;

    /** What was read of an instance, and when, by the monotonic clock; {@code progress} is empty where it said none yet. */
    private record Known(Optional<Progress> progress, long read) {}

    private final Executors executors;
    private final Map<InstanceId, Known> known = new ConcurrentHashMap<>();
    private final Map<String, Semaphore> hosts = new ConcurrentHashMap<>();

    ProgressReader(Executors executors) {
        this.executors = executors;
    }

    /** Of those among them that said something, within {@link #LIMIT}. */
    Map<InstanceId, Progress> of(View view, Collection<InstanceView> instances) {
        known.keySet().retainAll(instances.stream().map(InstanceView::id).toList());
        List<InstanceView> stale = new ArrayList<>(instances.stream().filter(instance -> age(instance) > FRESH.toNanos()).toList());
        // Where time does not suffice for all, those are next that were not read for longest.
        stale.sort(Comparator.comparingLong(this::age).reversed());
        readAll(view, stale);
        Map<InstanceId, Progress> told = new HashMap<>();
        known.forEach((id, read) -> read.progress().ifPresent(progress -> told.put(id, progress)));
        return told;
    }

    private long age(InstanceView instance) {
        Known read = known.get(instance.id());
        return read == null ? Long.MAX_VALUE : System.nanoTime() - read.read();
    }

    private void readAll(View view, List<InstanceView> instances) {
        CountDownLatch left = new CountDownLatch(instances.size());
        List<Thread> readers = new ArrayList<>();
        for (InstanceView instance : instances) {
            Semaphore room = hosts.computeIfAbsent(instance.host(), _ -> new Semaphore(AT_ONCE, true));
            readers.add(Thread.ofVirtual().name("progress " + instance.id()).start(() -> {
                try {
                    room.acquire();
                    try {
                        read(view, instance.id());
                    } finally {
                        room.release();
                    }
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                } finally {
                    left.countDown();
                }
            }));
        }
        try {
            if (!left.await(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) LOG.debug("progress not read of all left={}", left.getCount());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            readers.forEach(Thread::interrupt);
        }
    }

    private void read(View view, InstanceId id) {
        Progress[] last = new Progress[1];
        try {
            Executor executor = executors.running(view, id);
            executor.logs(id, new Executor.LogQuery(false, Optional.empty(), LINES), (at, _, text) -> {
                Progress.of(at, text).ifPresent(said -> last[0] = said);
                return !Thread.currentThread().isInterrupted();
            });
            if (!Thread.currentThread().isInterrupted()) known.merge(id, new Known(Optional.ofNullable(last[0]), System.nanoTime()), ProgressReader::later);
        } catch (ExecutorException | Refusal | IOException e) {
            // Away, or gone meanwhile: its state says so.
            LOG.debug("progress not read instance={} reason={}", id, e.getMessage());
        }
    }

    /** A worker that says much else may have pushed its progress out of the lines that are read. */
    private static Known later(Known before, Known now) {
        return now.progress().isPresent() ? now : new Known(before.progress(), now.read());
    }
}
