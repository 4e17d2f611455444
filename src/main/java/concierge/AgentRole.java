package concierge;

import concierge.agent.Agent;
import concierge.agent.AgentSettings;
import concierge.agent.ImageKeeper;
import concierge.agent.RouterGate;
import concierge.config.Configuration;
import concierge.config.Settings;
import concierge.executor.Executor;
import concierge.executor.ImageEngine;
import concierge.executor.swarm.SwarmExecutor;
import concierge.peer.Answers;
import concierge.peer.ClusterImages;
import concierge.peer.Directory;
import concierge.peer.Peers;
import concierge.security.Member;
import concierge.server.change.Secrets;
import concierge.server.home.ServerHome;
import concierge.state.Installation;
import concierge.state.Keys;
import concierge.store.Store;
import concierge.store.StoreException;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A further host, put together: the shared store, and the agent of this machine. Instances are left running. */
final class AgentRole {
    private static final Logger LOG = LoggerFactory.getLogger(AgentRole.class);

    private final Configuration configuration;
    private final InstantSource clock = InstantSource.system();

    AgentRole(Configuration configuration) {
        this.configuration = configuration;
    }

    void serve(Lifetime lifetime) throws IOException, InterruptedException {
        Departure departure = new Departure(configuration.home(), lifetime);
        try (Opened lasting = new Opened()) {
            if (configuration.value(Settings.STORE_URL).isEmpty()) {
                throw new Misconfigured("store.url: empty (expected: the store that the servers use, since an agent joins through it); "
                        + "concierge agent --store etcd://host:2379/prefix");
            }
            ServerHome home = lasting.own(ServerHome.open(configuration.home()));
            new StoreWait(lifetime, StoreWait.Listener.NOBODY).serve(opened -> open(opened, home, departure));
        }
        departure.complete();
    }

    private void open(Opened opened, ServerHome home, Departure departure) throws IOException, InterruptedException {
        Store store = opened.own(Stores.open(configuration));
        Installation.requireHere(store);
        // One that is empty may be a mistyped address: nothing is begun in it but by a server.
        String installation = Installation.find(store)
                .orElseThrow(() -> new StoreException.Away(configuration.value(Settings.STORE_URL) + ": no installation in it yet (expected: a server's); start a server with this store, or correct store.url"));
        Optional<Peering> peering = Peering.join(
                configuration, store, new Membership(configuration, store, installation, clock), Member.Role.agent);
        LocalHost local = new LocalHost(configuration, home, installation);
        Secrets secrets = new Secrets(store, configuration.home().secretsKey(), clock);
        RouterGate routers = routers(peering, RouterGate.NONE);
        RemoteHosts others = opened.own(new RemoteHosts(configuration, local, peering, store, routers, secrets, clock, departure));
        List<Executor> executors = local.executors(opened);
        Optional<SwarmExecutor> swarm = local.swarm(opened, new ClusterImages(new Directory(store), peering.map(Peering::peers), executors));
        if (executors.isEmpty() && swarm.isEmpty() && others.isEmpty()) {
            throw new Misconfigured("executors: none (expected: docker, process or swarm for this machine, or engines elsewhere: --docker tcp://host:port)");
        }
        if (!executors.isEmpty() || swarm.isPresent()) serve(opened, store, local.settings(), peering, executors, swarm, routers, secrets, departure);
        if (swarm.isPresent()) local.serveSwarm(opened, swarm.get(), store, routers, secrets, clock);
        others.start();
    }

    /** This machine. */
    private void serve(
            Opened opened, Store store, AgentSettings settings, Optional<Peering> peering, List<Executor> executors, Optional<SwarmExecutor> swarm,
            RouterGate routers, Secrets secrets, Departure departure) throws IOException, InterruptedException {
        List<Executor> fetching = fetching(store, peering, settings.host(), executors);
        Agent agent = opened.own(new Agent(settings, store, fetching, routers, secrets, clock, System.nanoTime()));
        agent.claim();
        if (peering.isPresent()) {
            List<Executor> all = Stream.concat(executors.stream(), swarm.stream()).toList();
            Answers answers = new Answers(all, fetching, Optional.empty(), Optional.of(departure.of(all, settings.installation())));
            peering.get().answer(opened, settings.addresses().getFirst(), answers, swarm, List.of(Keys.peerHost(settings.host())));
        }
        agent.start();
        keepImages(opened, store, settings.installation(), executors);
        LOG.info("serving host={} addresses={} home={} installation={}", settings.host(), settings.addresses(), configuration.home().path(), settings.installation());
        if (settings.addresses().stream().allMatch(address -> address.startsWith("127.") || address.equals("::1"))) {
            LOG.warn("ports are published where only this machine reaches them bind={} (set bind if other machines shall)", settings.bind());
        }
    }

    /** Has what is no longer needed leave the engines of a host. */
    static void keepImages(Opened opened, Store store, String installation, List<Executor> executors) {
        for (Executor executor : executors) {
            if (executor instanceof ImageEngine engine) opened.own(new ImageKeeper(store, installation, engine)).start();
        }
    }

    /** Executors that bring images, from other hosts where those can be asked. */
    static List<Executor> fetching(Store store, Optional<Peering> peering, String host, List<Executor> executors) {
        Directory directory = new Directory(store);
        Optional<Peers> peers = peering.map(Peering::peers);
        return executors.stream().map(executor -> Peers.fetching(directory, peers, host, executor)).toList();
    }

    /**
     * Waits for the routers of all servers, where those can be asked; as long as news take to reach them, where not.
     *
     * @param own those that this process hears of itself
     */
    static RouterGate routers(Optional<Peering> peering, RouterGate own) {
        RouterGate blind = RouterGate.spreading(own);
        if (peering.isEmpty()) return blind;
        Peers peers = peering.get().peers();
        return (revision, bound) -> {
            if (peers.awaitRouters(revision, bound) == Peers.Routers.uncertain) blind.await(revision, bound);
        };
    }
}
