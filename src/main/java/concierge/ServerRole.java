package concierge;

import concierge.agent.Agent;
import concierge.agent.AgentSettings;
import concierge.agent.Machine;
import concierge.config.Configuration;
import concierge.config.Settings;
import concierge.control.Leader;
import concierge.executor.Executor;
import concierge.executor.docker.DockerExecutor;
import concierge.executor.docker.DockerSettings;
import concierge.executor.docker.SubnetPool;
import concierge.executor.process.ProcessExecutor;
import concierge.image.Blobs;
import concierge.model.Resources;
import concierge.security.Token;
import concierge.runtime.Detached;
import concierge.server.Acks;
import concierge.server.ApiParts;
import concierge.server.ApiServer;
import concierge.server.Chronicle;
import concierge.server.EngineBuilds;
import concierge.server.EventLog;
import concierge.server.Housekeeping;
import concierge.server.KeptBlobs;
import concierge.server.OneOffs;
import concierge.server.Ports;
import concierge.server.RouterKeeper;
import concierge.server.RouterProcess;
import concierge.server.Secrets;
import concierge.server.ServerHome;
import concierge.state.Installation;
import concierge.state.LiveView;
import concierge.store.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server of one machine, put together: embedded store, API, leader, agent, and the router beside it.
 * What was opened last is closed first; instances and router are left running.
 */
final class ServerRole {
    private static final Logger LOG = LoggerFactory.getLogger(ServerRole.class);

    /** A stack's network holds up to 253 instances; a range of /16 then holds 256 stacks. */
    private static final int SUBNET_PREFIX = 24;

    private final Configuration configuration;
    private final InstantSource clock = InstantSource.system();
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final Lifetime lifetime = new Lifetime("server");

    ServerRole(Configuration configuration) {
        this.configuration = configuration;
    }

    /** Runs until it is told to stop: by the API, or by TERM or INT. */
    int run() {
        try {
            open();
            lifetime.awaitStop();
            return 0;
        } catch (IOException | concierge.store.StoreException e) {
            System.err.println("concierge: " + e.getMessage());
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        } finally {
            closeAll();
            lifetime.ended();
        }
    }

    private void open() throws IOException, InterruptedException {
        ServerHome home = own(ServerHome.open(configuration.home()));
        Token token = Token.open(configuration.home().token());
        Store store = own(Stores.serve(configuration));
        String installation = Installation.ensure(store);
        LiveView live = own(new LiveView(store));
        List<Executor> executors = executors(home, installation);
        EventLog events = EventLog.open(home.folder("events.jsonl"));
        own(live.subscribe(new Chronicle(events, store, clock)));
        Acks acks = new Acks();
        Blobs uploads = new Blobs(home.home().path(), clock);
        KeptBlobs blobs = new KeptBlobs(uploads);
        EngineBuilds builds = new EngineBuilds(executors, blobs, installation);

        Secrets secrets = new Secrets(store, configuration.home().secretsKey(), clock);
        String host = host();
        AtomicReference<ServerHome.Announcement> announcement = new AtomicReference<>(announcement(home, installation));
        AtomicBoolean announced = new AtomicBoolean();
        RouterKeeper router = router(home, url -> {
            ServerHome.Announcement now =
                    announcement.updateAndGet(it -> it.withRouter(url));
            // Clients look for the file: it tells of this server only once everything of it is there.
            if (announced.get()) home.announce(now);
        });
        Leader leader = new Leader(store, live, host, clock);
        ApiParts parts = new ApiParts(
                Set.copyOf(configuration.value(Settings.API_NAMES)), token, version(), installation, host, store, live, leader::judged, executors, blobs, builds, secrets,
                home.folder("sites"), events, acks, announcement::get, configuration::show, lifetime::stop, clock);
        String address = configuration.value(Settings.API_HOST);
        ApiServer api = own(Ports.open("api", configuration.value(Settings.API_PORT), port -> ApiServer.start(address, port, parts)));
        String base = "http://" + address + ":" + api.port();

        own(leader).start();
        OneOffs oneOffs = own(new OneOffs(store, live, clock));
        oneOffs.start();
        List<Path> logs = List.of(configuration.home().serverLog(), home.folder("router").resolve("router.log"));
        own(new Housekeeping(store, uploads, executors, installation, logs)).start();
        own(new Agent(agent(host, installation), store, executors, acks, secrets, clock, System.nanoTime())).start();
        announcement.updateAndGet(it -> it.withApi(base));
        if (router != null) router.awaitFirst();
        home.announce(announcement.updateAndGet(it -> it));
        announced.set(true);
        LOG.info("serving api={} home={} installation={}", base, home.home().path(), installation);
    }

    /** Starts beside the rest: both take about as long. Empty where none is wanted. */
    private @Nullable RouterKeeper router(ServerHome home, RouterKeeper.Listener listener) {
        if (!configuration.value(Settings.ROUTER_ENABLED)) return null;
        RouterKeeper keeper = own(new RouterKeeper(
                new RouterProcess(home.home().path()), configuration.value(Settings.ROUTER_HOST), configuration.value(Settings.ROUTER_PORT), listener));
        keeper.start();
        return keeper;
    }

    private List<Executor> executors(ServerHome home, String installation) throws IOException {
        List<Executor> executors = new ArrayList<>();
        for (String name : configuration.value(Settings.EXECUTORS)) {
            switch (name) {
                case "docker" -> executors.add(own(docker(home, installation)));
                case "process" -> executors.add(own(new ProcessExecutor(home.folder("processes"), installation)));
                default -> throw new IOException("executors: " + name + " (expected: docker or process)");
            }
        }
        return executors;
    }

    private DockerExecutor docker(ServerHome home, String installation) throws IOException {
        try {
            return new DockerExecutor(dockerSettings(home, installation));
        } catch (IllegalArgumentException e) {
            // What a user wrote: the engine's address, the context, the pool.
            throw new IOException("docker: " + e.getMessage(), e);
        }
    }

    private DockerSettings dockerSettings(ServerHome home, String installation) {
        DockerSettings settings = DockerSettings.of(installation, home.folder("logs"))
                .withSubnets(SubnetPool.parse(configuration.value(Settings.DOCKER_POOL), SUBNET_PREFIX));
        String engine = configuration.value(Settings.DOCKER_HOST);
        return engine.isEmpty() ? settings : settings.withEngine(engine);
    }

    private ServerHome.Announcement announcement(ServerHome home, String installation) {
        return new ServerHome.Announcement(
                ProcessHandle.current().pid(), installation, "", "", clock.instant().toString(), home.home().path().toString(), Detached.build());
    }

    private String host() {
        String chosen = configuration.value(Settings.HOST_NAME);
        return chosen.isEmpty() ? Machine.name() : chosen;
    }

    private AgentSettings agent(String host, String installation) {
        Resources machine = Machine.capacity();
        long cpu = Math.round(configuration.value(Settings.HOST_CPU) * 1000);
        long memory = configuration.value(Settings.HOST_MEMORY);
        Resources capacity = new Resources(cpu == 0 ? machine.cpuMillis() : cpu, memory == 0 ? machine.memoryBytes() : memory);
        String bind = configuration.value(Settings.BIND);
        return new AgentSettings(host, installation, List.of(bind), Set.copyOf(configuration.value(Settings.HOST_TAGS)), capacity, bind);
    }

    private static String version() {
        String version = ServerRole.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }

    private <T extends AutoCloseable> T own(T part) {
        opened.push(part);
        return part;
    }

    /** One part that fails to close must not keep the others open. */
    private void closeAll() {
        while (!opened.isEmpty()) {
            AutoCloseable part = opened.pop();
            try {
                part.close();
            } catch (Exception e) {
                LOG.warn("part did not close cleanly part={}", part.getClass().getSimpleName(), e);
            }
        }
    }
}
