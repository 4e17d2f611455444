package concierge.executor.process;

import concierge.executor.Executor.Watcher;
import concierge.executor.Running;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a watcher of starts and ends. Shims write to a file of their instance in the bell folder, which
 * inotify reports at once; a slow sweep finds what no shim can tell: that it was killed itself. One thread;
 * {@link #look} may be called from any.
 */
final class ProcessWatch implements AutoCloseable {
    /** How long the death of an adopted shim may go unseen; a sweep reads a few small files an instance. */
    private static final Duration SWEEP = Duration.ofSeconds(2);

    private static final Logger LOG = LoggerFactory.getLogger(ProcessWatch.class);

    private record Seen(long generation, long run, Running.State state) {}

    /** What there is to say of a folder now, and of which run. */
    record Sight(String name, long run, Running running) {}

    private final Watcher watcher;
    private final Function<String, Optional<Sight>> sight;
    private final Supplier<List<Sight>> all;
    private final WatchService service;
    private final Map<String, Seen> seen = new HashMap<>();
    private final Thread thread;

    ProcessWatch(Path bells, Watcher watcher, Function<String, Optional<Sight>> sight, Supplier<List<Sight>> all) throws IOException {
        this.watcher = watcher;
        this.sight = sight;
        this.all = all;
        service = FileSystems.getDefault().newWatchService();
        bells.register(service, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
        for (Sight known : all.get()) seen.put(known.name(), seenOf(known));
        thread = Thread.ofPlatform().name("process-watch").daemon(true).start(this::loop);
    }

    /** Looks at one instance now, and tells if it has changed. */
    synchronized void look(String name) {
        sight.apply(name).ifPresent(this::tellIfNew);
    }

    private synchronized void sweep() {
        List<Sight> sights = all.get();
        seen.keySet().retainAll(sights.stream().map(Sight::name).toList());
        sights.forEach(this::tellIfNew);
    }

    private void tellIfNew(Sight now) {
        Seen current = seenOf(now);
        if (!current.equals(seen.put(now.name(), current)) && now.running().state() != Running.State.created) watcher.changed(now.running());
    }

    private static Seen seenOf(Sight sight) {
        return new Seen(sight.running().generation(), sight.run(), sight.running().state());
    }

    private void loop() {
        while (true) {
            try {
                WatchKey key = service.poll(SWEEP.toMillis(), TimeUnit.MILLISECONDS);
                if (key == null) {
                    sweep();
                    continue;
                }
                for (WatchEvent<?> event : key.pollEvents()) {
                    if (event.kind() == StandardWatchEventKinds.OVERFLOW) {
                        watcher.gap();
                    } else {
                        look(String.valueOf(event.context()));
                    }
                }
                key.reset();
            } catch (ClosedWatchServiceException | InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                // A file that cannot be read now (a full or failing disk) must not end the watch for good.
                LOG.warn("could not look at a process", e);
                watcher.gap();
            }
        }
    }

    @Override
    public void close() {
        try {
            service.close();
        } catch (IOException e) {
            LOG.warn("could not close the watch of processes", e);
        }
        thread.interrupt();
    }
}
