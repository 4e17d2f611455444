package concierge;

import concierge.agent.Agent;
import concierge.agent.AgentSettings;
import concierge.agent.HostClaim;
import concierge.agent.RouterGate;
import concierge.config.Configuration;
import concierge.config.Settings;
import concierge.control.ControlCore;
import concierge.control.Leader;
import concierge.control.LeaderClock;
import concierge.executor.Executor;
import concierge.executor.swarm.SwarmExecutor;
import concierge.image.Blobs;
import concierge.image.ImageRegistry;
import concierge.peer.Answers;
import concierge.peer.ClusterImages;
import concierge.peer.Directory;
import concierge.runtime.Detached;
import concierge.runtime.SteadyClock;
import concierge.security.Member;
import concierge.security.Token;
import concierge.server.ApiParts;
import concierge.server.ApiServer;
import concierge.server.Housekeeping;
import concierge.server.change.Secrets;
import concierge.server.content.ContentKeeper;
import concierge.server.content.EngineBuilds;
import concierge.server.content.ImageHosts;
import concierge.server.content.KeptBlobs;
import concierge.server.content.ServerAnswers;
import concierge.server.events.Chronicle;
import concierge.server.events.EventLog;
import concierge.server.home.Ports;
import concierge.server.home.ServerHome;
import concierge.server.instance.OneOffs;
import concierge.server.router.Acks;
import concierge.server.router.RouterKeeper;
import concierge.server.router.RouterProcess;
import concierge.state.ClockComparison;
import concierge.state.Followed;
import concierge.state.Installation;
import concierge.state.Keys;
import concierge.state.LiveView;
import concierge.store.CandidStore;
import concierge.store.Condition;
import concierge.store.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server, put together: store, API, a candidate for the leadership, the router beside it, and, unless told
 * otherwise, the agent of its machine. Instances and router are left running.
 */
final class ServerRole {
    private static final Logger LOG = LoggerFactory.getLogger(ServerRole.class);

    private final Configuration configuration;
    private final boolean drains;
    private final InstantSource clock = InstantSource.system();
    private Opened opened = new Opened();

    /** @param drains whether it gives its tasks back when it is told to stop */
    ServerRole(Configuration configuration, boolean drains) {
        this.drains = drains;
        this.configuration = configuration;
    }

    /** Runs until it is told to stop: by the API, or by TERM or INT. */
    void serve(Lifetime lifetime) throws IOException, InterruptedException {
        Departure departure = new Departure(configuration.home(), lifetime);
        try (Opened lasting = new Opened()) {
            ServerHome home = lasting.own(ServerHome.open(configuration.home()));
            WaitingServer waiting = lasting.own(new WaitingServer(configuration, home, version(), lifetime::stop, clock));
            new StoreWait(lifetime, waiting).serve(parts -> open(parts, home, lifetime, departure, waiting));
        }
        departure.complete();
    }

    private void open(Opened parts, ServerHome home, Lifetime lifetime, Departure departure, WaitingServer waiting) throws IOException, InterruptedException {
        opened = parts;
        Queues queues = Queues.of(configuration);
        Token token = Token.open(configuration.home().token());
        CandidStore store = own(new CandidStore(Stores.serve(configuration), clock));
        String installation = Stores.installation(configuration, store);
        boolean shared = !configuration.value(Settings.STORE_URL).isEmpty();
        // Half a server would be one that answers and cannot lead, or be reached by others.
        if (shared) store.tryChange();
        LocalHost local = new LocalHost(configuration, home, installation);
        // Before anything else is begun: while another agent has the name, this server waits as one does.
        if (configuration.value(Settings.AGENT_ENABLED)) new HostClaim(store, local.settings()).await();
        LiveView live = own(new LiveView(store));
        Followed tokens = own(new Followed(store, Keys.TOKENS));
        SteadyClock steady = new SteadyClock(clock);
        ClockComparison comparison = own(new ClockComparison(store, steady, steady::stepped));
        comparison.start();
        // Requests, and whoever asks on their behalf, do not wait for a store that is known to be away.
        Store asked = store.impatient();
        Membership membership = new Membership(configuration, store, installation, clock);
        // Hosts with nothing but Docker are asked as any other is, though we answer for them ourselves.
        boolean several = shared || !configuration.value(Settings.ENGINES).isEmpty();
        Optional<Peering> peering = several ? Peering.join(configuration, asked, membership, Member.Role.server) : Optional.empty();
        Reach reach = Reach.of(configuration, membership, clock);
        List<Executor> executors = configuration.value(Settings.AGENT_ENABLED) ? local.executors(opened) : List.of();
        Optional<SwarmExecutor> swarm = configuration.value(Settings.AGENT_ENABLED) ? local.swarm(opened, new ClusterImages(new Directory(asked), peering.map(Peering::peers), executors)) : Optional.empty();
        List<Executor> reached = Stream.concat(executors.stream(), swarm.stream()).toList();
        EventLog events = EventLog.open(home.folder("events.jsonl"));
        own(live.subscribe(new Chronicle(events, store, clock)));
        Acks acks = new Acks();
        Blobs uploads = new Blobs(home.home().path(), clock);
        KeptBlobs blobs = new KeptBlobs(uploads, peering.map(Peering::peers));
        String host = LocalHost.name(configuration);
        List<Executor> fetching = AgentRole.fetching(asked, peering, host, executors);
        EngineBuilds builds = new EngineBuilds(host, executors, fetching, peering.map(Peering::peers), live, blobs, installation, registry());

        Secrets secrets = new Secrets(asked, configuration.home().secretsKey(), clock);
        AtomicReference<ServerHome.Announcement> announcement = new AtomicReference<>(announcement(home, installation));
        AtomicBoolean announced = new AtomicBoolean();
        RouterKeeper router = router(home, url -> {
            ServerHome.Announcement now =
                    announcement.updateAndGet(it -> it.withRouter(url));
            // Clients look for the file: it tells of this server only once everything of it is there.
            if (announced.get()) home.announce(now);
        });
        Leader leader = new Leader(
                store, live, host, configuration.value(Settings.LOSS_LEASE),
                several ? configuration.value(Settings.LOSS_PATIENCE) : ControlCore.LOST_AFTER_ALONE, clock);
        ApiParts api = new ApiParts(
                Set.copyOf(configuration.value(Settings.API_NAMES)), token, version(), installation, host, asked, tokens::find, () -> condition(store, home), live, leader::judged,
                reached, peering.map(Peering::peers), blobs, builds, secrets,
                home.folder("sites"), events, acks, announcement::get, configuration::show, queues.types(), queues::calls, comparison, lifetime::stop, clock);
        waiting.close();
        ApiServer server = own(Ports.open("api", configuration.value(Settings.API_PORT), port -> ApiServer.start(reach.loopback(), port, reach.beyond(), api)));
        String base = "http://" + reach.loopback() + ":" + server.port();

        if (shared) leader.leads(new LeaderClock(store, host, clock));
        queues.lead(store, live, leader, peering.map(Peering::peers), "concierge/" + version() + " (" + installation + ")", clock, () -> drains && lifetime.isStopping());
        lifetime.leaves(queues::left);
        own(leader).start();
        OneOffs oneOffs = own(new OneOffs(store, live, clock));
        oneOffs.start();
        List<Path> logs = List.of(configuration.home().serverLog(), home.folder("router").resolve("router.log"));
        own(new Housekeeping(store, uploads, logs)).start();
        AgentSettings settings = local.settings();
        List<String> told = new ArrayList<>(List.of(Keys.peerServer(host, settings.identity())));
        RouterGate routers = shared ? AgentRole.routers(peering, acks) : acks;
        if (configuration.value(Settings.AGENT_ENABLED)) {
            Agent agent = own(new Agent(settings, store, fetching, routers, secrets, clock, System.nanoTime()));
            agent.claim();
            agent.start();
            AgentRole.keepImages(opened, store, installation, executors);
            if (swarm.isPresent()) local.serveSwarm(opened, swarm.get(), store, routers, secrets, clock);
            told.add(Keys.peerHost(host));
        }
        if (peering.isPresent()) {
            own(new ContentKeeper(live, blobs)).start();
            peering.get().answer(opened, settings.addresses().getFirst(), new Answers(reached, fetching, Optional.of(new ServerAnswers(new ImageHosts(live), uploads, acks, queues.calls())), Optional.of(departure.of(reached, installation))), swarm, told);
        }
        RemoteHosts others = own(new RemoteHosts(configuration, local, peering, store, routers, secrets, clock, departure));
        others.start();
        Optional<ServerHome.Network> network = reach.network(server.beyondPort());
        announcement.updateAndGet(it -> it.withApi(base, network));
        queues.start(opened, live, swarm.filter(it -> it.availability().available()).map(_ -> configuration.value(Settings.SWARM_NAME)));
        if (router != null) router.awaitFirst();
        home.announce(announcement.updateAndGet(it -> it));
        announced.set(true);
        LOG.info("serving api={} network={} home={} installation={}", base, network.map(ServerHome.Network::url).orElse("none"), home.home().path(), installation);
    }

    private Optional<ImageRegistry> registry() throws IOException {
        try {
            return ImageRegistry.of(configuration.value(Settings.IMAGES_REGISTRY));
        } catch (IllegalArgumentException e) {
            throw new IOException("images.registry: " + e.getMessage(), e);
        }
    }

    /** Starts beside the rest: both take about as long. Empty where none is wanted. */
    private @Nullable RouterKeeper router(ServerHome home, RouterKeeper.Listener listener) {
        if (!configuration.value(Settings.ROUTER_ENABLED)) return null;
        RouterKeeper keeper = own(new RouterKeeper(
                new RouterProcess(home.home().path()), configuration.value(Settings.ROUTER_HOST), configuration.value(Settings.ROUTER_PORT), listener));
        keeper.start();
        return keeper;
    }

    private ServerHome.Announcement announcement(ServerHome home, String installation) {
        return new ServerHome.Announcement(
                ProcessHandle.current().pid(), installation, "", "", clock.instant().toString(), home.home().path().toString(), Optional.empty(), Detached.build());
    }

    /** Uploads need room in the home, where the store is elsewhere, too. */
    private static Condition condition(CandidStore store, ServerHome home) {
        Condition condition = store.condition();
        if (!(condition instanceof Condition.Well)) return condition;
        return home.trouble().<Condition>map(Condition.Closed::new).orElse(condition);
    }

    private static String version() {
        String version = ServerRole.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }

    private <T extends AutoCloseable> T own(T part) {
        return opened.own(part);
    }
}
