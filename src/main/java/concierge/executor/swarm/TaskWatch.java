package concierge.executor.swarm;

import concierge.executor.Executor.Watcher;
import concierge.executor.ExecutorException;
import concierge.executor.Running;
import concierge.model.InstanceId;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells what has changed since the last look, on a thread of its own until closed: Swarm has events about its
 * services and nodes, and none about tasks.
 */
final class TaskWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TaskWatch.class);

    /** Between two looks: an end is seen as late as this, and a look costs the manager a millisecond or two. */
    private static final Duration PAUSE = Duration.ofMillis(500);

    /** While something starts or has ended, which does not stay so for long. */
    private static final Duration SHORT_PAUSE = Duration.ofMillis(150);

    private final Supplier<List<Running>> list;
    private final Watcher watcher;
    private final Thread thread;
    private final Map<InstanceId, Running> known = new HashMap<>();
    private boolean away;
    private boolean unsettled;
    private volatile boolean closed;

    TaskWatch(Supplier<List<Running>> list, Watcher watcher) {
        this.list = list;
        this.watcher = watcher;
        this.thread = Thread.ofVirtual().name("swarm-tasks").unstarted(this::run);
    }

    /** What is there at the first look is no news. */
    TaskWatch start() {
        try {
            remember(list.get());
        } catch (ExecutorException e) {
            LOG.debug("could not look at the tasks because={}", e.getMessage());
            away = true;
        }
        thread.start();
        return this;
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }

    private void run() {
        while (!closed) {
            try {
                Thread.sleep(unsettled ? SHORT_PAUSE : PAUSE);
                look();
            } catch (InterruptedException _) {
                return;
            }
        }
    }

    private void look() {
        try {
            List<Running> now = list.get();
            if (away) watcher.gap();
            away = false;
            for (Running running : now) {
                // What was never started has neither begun nor ended.
                boolean news = running.state() != Running.State.created && !running.equals(known.get(running.instance()));
                if (news) watcher.changed(running);
            }
            boolean gone = !known.isEmpty() && known.keySet().stream().anyMatch(instance -> now.stream().noneMatch(it -> it.instance().equals(instance)));
            remember(now);
            // Removed by others, or by us: a listing tells.
            if (gone) watcher.gap();
        } catch (ExecutorException e) {
            LOG.debug("could not look at the tasks because={}", e.getMessage());
            // Once when they stop: the next question then tells whether the Swarm is away.
            if (!away) watcher.gap();
            away = true;
        } catch (RuntimeException e) {
            LOG.error("looking at the tasks failed", e);
        }
    }

    private void remember(List<Running> now) {
        known.clear();
        unsettled = false;
        for (Running running : now) {
            known.put(running.instance(), running);
            unsettled |= running.state() != Running.State.running;
        }
    }
}
