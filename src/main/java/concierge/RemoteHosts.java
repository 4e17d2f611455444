package concierge;

import concierge.agent.Agent;
import concierge.agent.AgentSettings;
import concierge.agent.RouterGate;
import concierge.agent.Vault;
import concierge.config.Configuration;
import concierge.config.Settings;
import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.docker.DockerExecutor;
import concierge.peer.Answers;
import concierge.store.Store;
import concierge.store.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hosts that have nothing but Docker: an agent of each runs here. One begins when its engine answers for the first
 * time; from then on its lease is renewed only as long as the engine answers, so that a machine that dies is lost like
 * any other. A thread an engine until its agent runs. Closing it leaves the instances running.
 */
final class RemoteHosts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RemoteHosts.class);

    /** An engine on another continent answers a ping in a fraction of it; a hanging one is to be noticed within a lease. */
    private static final Duration PING = Duration.ofMillis(1500);

    /** Between two looks for an engine that has not answered yet, or a name that another agent has. */
    private static final Duration LOOK = Duration.ofSeconds(2);

    private final List<RemoteEngine> engines;
    private final LocalHost local;
    private final Optional<Peering> peering;
    private final String address;
    private final Store store;
    private final RouterGate routers;
    private final Vault vault;
    private final InstantSource clock;
    private final Departure departure;
    private final String identity;
    private final List<Thread> threads = new ArrayList<>();
    private final Opened opened = new Opened();

    /** @throws IOException when the configuration's table of engines is wrong: with its key and what was expected */
    RemoteHosts(
            Configuration configuration, LocalHost local, Optional<Peering> peering, Store store, RouterGate routers, Vault vault, InstantSource clock,
            Departure departure) throws IOException {
        this.engines = RemoteEngine.all(configuration.value(Settings.ENGINES));
        this.local = local;
        this.peering = peering;
        this.address = local.settings().addresses().getFirst();
        this.store = store;
        this.routers = routers;
        this.vault = vault;
        this.clock = clock;
        this.departure = departure;
        this.identity = local.settings().identity();
    }

    boolean isEmpty() {
        return engines.isEmpty();
    }

    void start() {
        for (RemoteEngine engine : engines) threads.add(Thread.ofVirtual().name("engine " + engine.name()).start(() -> serve(engine)));
    }

    private void serve(RemoteEngine engine) {
        DockerExecutor docker = own(new DockerExecutor(engine.over(local.dockerSettings())));
        String told = "";
        try {
            while (true) {
                String trouble = begin(engine, docker);
                if (trouble.isEmpty()) return;
                // The same trouble is news once.
                if (!trouble.equals(told)) LOG.warn("host waits host={} engine={} reason={}", engine.name(), engine.docker(), trouble);
                told = trouble;
                Thread.sleep(LOOK);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Why its agent cannot begin yet; empty: it did. */
    private String begin(RemoteEngine engine, DockerExecutor docker) throws InterruptedException {
        try {
            AgentSettings settings = engine.settings(local.installation(), docker.machine(), identity);
            List<Executor> fetching = AgentRole.fetching(store, peering, engine.name(), List.of(docker));
            Agent agent = new Agent(settings, store, fetching, routers, vault, () -> docker.answers(PING), clock, System.nanoTime());
            try {
                agent.claim();
            } catch (IOException | StoreException | InterruptedException e) {
                agent.close();
                throw e;
            }
            start(engine.name(), docker, fetching, agent);
            LOG.info("serving host={} engine={} addresses={} capacity={}", settings.host(), engine.docker(), settings.addresses(), settings.capacity());
            return "";
        } catch (ExecutorException | StoreException | IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private synchronized <T extends AutoCloseable> T own(T part) {
        return opened.own(part);
    }

    private synchronized void start(String host, DockerExecutor docker, List<Executor> fetching, Agent agent) throws IOException, InterruptedException {
        if (Thread.interrupted()) {
            agent.close();
            throw new InterruptedException();
        }
        own(agent).start();
        AgentRole.keepImages(opened, store, local.installation(), List.of(docker));
        if (peering.isPresent()) peering.get().answerFor(opened, host, address, new Answers(List.of(docker), fetching, Optional.empty(), Optional.of(departure.of(List.of(docker), local.installation()))));
    }

    @Override
    public void close() {
        for (Thread thread : threads) thread.interrupt();
        synchronized (this) {
            opened.close();
        }
    }
}
