package concierge;

import concierge.agent.Agent;
import concierge.agent.AgentIdentity;
import concierge.agent.AgentSettings;
import concierge.agent.Machine;
import concierge.agent.RouterGate;
import concierge.agent.Vault;
import concierge.config.Configuration;
import concierge.config.Settings;
import concierge.executor.Executor;
import concierge.executor.NodeImages;
import concierge.executor.docker.DockerExecutor;
import concierge.executor.docker.DockerSettings;
import concierge.executor.docker.SubnetPool;
import concierge.executor.process.ProcessExecutor;
import concierge.executor.swarm.SwarmExecutor;
import concierge.model.Resources;
import concierge.server.home.ServerHome;
import concierge.store.Store;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What this machine brings in as a host, found by itself where the configuration says nothing. */
final class LocalHost {
    /** A stack's network holds up to 253 instances; a range of /16 then holds 256 stacks. */
    private static final int SUBNET_PREFIX = 24;

    /** Nodes of a Swarm publish on all of theirs. */
    private static final String ANY_ADDRESS = "0.0.0.0";

    private final Configuration configuration;
    private final ServerHome home;
    private final String installation;

    LocalHost(Configuration configuration, ServerHome home, String installation) {
        this.configuration = configuration;
        this.home = home;
        this.installation = installation;
    }

    static String name(Configuration configuration) {
        String chosen = configuration.value(Settings.HOST_NAME);
        return chosen.isEmpty() ? Machine.name() : chosen;
    }

    List<Executor> executors(Opened opened) throws IOException {
        List<Executor> executors = new ArrayList<>();
        for (String name : configuration.value(Settings.EXECUTORS)) {
            switch (name) {
                case "docker" -> executors.add(opened.own(docker()));
                case "process" -> executors.add(opened.own(new ProcessExecutor(home.folder("processes"), installation)));
                case "swarm" -> {
                    // A host of its own: what it runs, and with what, is not this machine's.
                }
                default -> throw new Misconfigured("executors: " + name + " (expected: docker, swarm or process)");
            }
        }
        return executors;
    }

    /** Whether or not the engine manages a Swarm now; empty: nobody wants it. */
    Optional<SwarmExecutor> swarm(Opened opened, NodeImages images) throws IOException {
        if (!configuration.value(Settings.EXECUTORS).contains("swarm")) return Optional.empty();
        try {
            return Optional.of(opened.own(new SwarmExecutor(dockerSettings(), images)));
        } catch (IllegalArgumentException e) {
            throw new IOException("docker: " + e.getMessage(), e);
        }
    }

    /** Serves the Swarm as a host, as soon as there is one. */
    void serveSwarm(Opened opened, SwarmExecutor swarm, Store store, RouterGate routers, Vault vault, InstantSource clock) throws IOException {
        String identity = AgentIdentity.of(home.home().path());
        String name = configuration.value(Settings.SWARM_NAME);
        opened.own(new SwarmHost(
                name, swarm, !configuration.value(Settings.STORE_URL).isEmpty(),
                cluster -> new AgentSettings(name, installation, cluster.addresses(), cluster.tags(), cluster.capacity(), ANY_ADDRESS, identity,
                        configuration.value(Settings.LOSS_LEASE)),
                settings -> new Agent(settings, store, List.of(swarm), routers, vault, clock, System.nanoTime()))).start();
    }

    private DockerExecutor docker() throws IOException {
        try {
            String engine = configuration.value(Settings.DOCKER_HOST);
            return new DockerExecutor(engine.isEmpty() ? dockerSettings() : dockerSettings().withEngine(engine));
        } catch (IllegalArgumentException e) {
            // What a user wrote: the engine's address, the context, the pool.
            throw new IOException("docker: " + e.getMessage(), e);
        }
    }

    /** What every engine that is served from here has in common. */
    DockerSettings dockerSettings() {
        return DockerSettings.of(installation, home.folder("logs")).withSubnets(SubnetPool.parse(configuration.value(Settings.DOCKER_POOL), SUBNET_PREFIX));
    }

    String installation() {
        return installation;
    }

    AgentSettings settings() throws IOException {
        Resources machine = Machine.capacity();
        long cpu = Math.round(configuration.value(Settings.HOST_CPU) * 1000);
        long memory = configuration.value(Settings.HOST_MEMORY);
        Resources capacity = new Resources(cpu == 0 ? machine.cpuMillis() : cpu, memory == 0 ? machine.memoryBytes() : memory);
        String bind = configuration.value(Settings.BIND);
        return new AgentSettings(
                name(configuration), installation, Machine.addresses(bind, configuration.value(Settings.HOST_ADDRESSES)),
                Set.copyOf(configuration.value(Settings.HOST_TAGS)), capacity, bind, AgentIdentity.of(home.home().path()),
                configuration.value(Settings.LOSS_LEASE));
    }
}
