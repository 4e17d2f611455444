package concierge;

import concierge.agent.Agent;
import concierge.agent.AgentSettings;
import concierge.agent.HostTakenException;
import concierge.executor.ClusterEngine;
import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.swarm.SwarmExecutor;
import concierge.store.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Swarm that this machine's engine manages, as a host of its own, with an agent of its own in this process. Of
 * several processes at managers of one Swarm the first one serves it; the others wait until its lease has ended. One
 * thread; closing it leaves everything running.
 */
final class SwarmHost implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SwarmHost.class);

    /** An engine may come to manage a Swarm at any time, which is a thing that people wait for. */
    private static final Duration LOOK = Duration.ofSeconds(2);

    /** The lease ends by this one's clock before it ends for others, and who waits for it takes longer to begin. */
    private static final Duration HOLDS = Duration.ofMillis(100);

    /** An engine that restarts is back by then; for longer, another manager's agent had better serve the Swarm. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final String name;
    private final SwarmExecutor executor;
    private final boolean shared;
    private final Function<ClusterEngine.Cluster, AgentSettings> settings;
    private final Function<AgentSettings, Agent> make;
    private final Thread thread = Thread.ofVirtual().name("swarm host").unstarted(this::run);
    private @Nullable Agent agent;
    private String told = "";
    private long answered;

    /**
     * @param shared whether others may serve the Swarm in this one's place
     * @param make an agent that has the Swarm alone to run things on
     */
    SwarmHost(
            String name, SwarmExecutor executor, boolean shared, Function<ClusterEngine.Cluster, AgentSettings> settings,
            Function<AgentSettings, Agent> make) {
        this.name = name;
        this.executor = executor;
        this.shared = shared;
        this.settings = settings;
        this.make = make;
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                look();
                rest();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** Until it is time to look again: at once when the Swarm is not this one's any more, since the next one may have begun. */
    private void rest() throws InterruptedException {
        long until = System.nanoTime() + LOOK.toNanos();
        while (System.nanoTime() - until < 0 && (agent == null || !shared || agent.holdsHost())) Thread.sleep(HOLDS);
    }

    /** Two that act for one Swarm would both start what has ended. */
    private void look() throws InterruptedException {
        if (agent != null && shared && !agent.holdsHost()) {
            LOG.warn("serves the Swarm no more host={} because=\"another agent has it, or may have it: its lease has ended\"", name);
            end();
        }
        Executor.Availability now = executor.availability();
        if (now.available()) {
            answered = System.nanoTime();
            if (agent == null) serve();
        } else if (agent != null && shared && System.nanoTime() - answered > PATIENCE.toNanos()) {
            LOG.warn("leaves the Swarm to others host={} because={}", name, now.text());
            agent.giveUp();
            agent = null;
        }
    }

    private void serve() throws InterruptedException {
        try {
            AgentSettings found = settings.apply(executor.cluster());
            Agent next = make.apply(found);
            agent = next;
            next.claim();
            next.start();
            told = "";
            LOG.info("serving a Swarm host={} addresses={}", name, found.addresses());
        } catch (HostTakenException | ExecutorException | StoreException e) {
            String why = String.valueOf(e.getMessage());
            if (!why.equals(told)) LOG.info("waits to serve the Swarm host={} because={}", name, why);
            told = why;
            end();
        }
    }

    private void end() {
        if (agent != null) agent.close();
        agent = null;
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        end();
    }
}
