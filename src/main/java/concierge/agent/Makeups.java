package concierge.agent;

import concierge.agent.core.Makeup;
import concierge.executor.ClusterEngine;
import concierge.executor.ExecutorException;
import concierge.model.ClockSkew;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this host is made of now: one machine as it was set up, or a cluster as its engine describes it, asked again
 * and again on a thread of its own, since the heartbeat must not wait for an engine.
 */
final class Makeups implements Supplier<Makeup>, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Makeups.class);

    /** Nodes come and go by hand, or die, which their cluster itself notices some seconds later. */
    private static final Duration PAUSE = Duration.ofSeconds(2);

    private final AgentSettings settings;
    private final Optional<ClusterEngine> engine;
    private final Supplier<Optional<ClockSkew>> skew;
    private final Thread thread;
    private volatile Makeup now;

    Makeups(AgentSettings settings, Optional<ClusterEngine> engine, Supplier<Optional<ClockSkew>> skew) {
        this.skew = skew;
        this.settings = settings;
        this.engine = engine;
        this.now = new Makeup(settings.addresses(), settings.tags(), settings.capacity(), List.of(), Optional.empty());
        this.thread = Thread.ofVirtual().name("cluster nodes").unstarted(this::follow);
    }

    void start() {
        if (engine.isEmpty()) return;
        look(engine.get());
        thread.start();
    }

    @Override
    public Makeup get() {
        return now.with(skew.get());
    }

    private void follow() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException _) {
                return;
            }
            engine.ifPresent(this::look);
        }
    }

    private void look(ClusterEngine cluster) {
        try {
            ClusterEngine.Cluster found = cluster.cluster();
            Set<String> tags = new TreeSet<>(settings.tags());
            tags.addAll(found.tags());
            List<String> addresses = found.addresses();
            now = new Makeup(addresses.isEmpty() ? settings.addresses() : addresses, tags, found.capacity(), found.nodes(), Optional.empty());
        } catch (ExecutorException e) {
            // Its last word holds until it answers again; that it does not is told of its executor.
            LOG.debug("could not look at the nodes host={} because={}", settings.host(), e.getMessage());
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
