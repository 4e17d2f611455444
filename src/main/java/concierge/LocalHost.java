package concierge;

import concierge.agent.AgentIdentity;
import concierge.agent.AgentSettings;
import concierge.agent.Machine;
import concierge.config.Configuration;
import concierge.config.Settings;
import concierge.executor.Executor;
import concierge.executor.docker.DockerExecutor;
import concierge.executor.docker.DockerSettings;
import concierge.executor.docker.SubnetPool;
import concierge.executor.process.ProcessExecutor;
import concierge.model.Resources;
import concierge.server.ServerHome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What this machine brings in as a host, found by itself where the configuration says nothing. */
final class LocalHost {
    /** A stack's network holds up to 253 instances; a range of /16 then holds 256 stacks. */
    private static final int SUBNET_PREFIX = 24;

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
                default -> throw new IOException("executors: " + name + " (expected: docker or process)");
            }
        }
        return executors;
    }

    private DockerExecutor docker() throws IOException {
        try {
            return new DockerExecutor(dockerSettings());
        } catch (IllegalArgumentException e) {
            // What a user wrote: the engine's address, the context, the pool.
            throw new IOException("docker: " + e.getMessage(), e);
        }
    }

    private DockerSettings dockerSettings() {
        DockerSettings settings = DockerSettings.of(installation, home.folder("logs"))
                .withSubnets(SubnetPool.parse(configuration.value(Settings.DOCKER_POOL), SUBNET_PREFIX));
        String engine = configuration.value(Settings.DOCKER_HOST);
        return engine.isEmpty() ? settings : settings.withEngine(engine);
    }

    AgentSettings settings() throws IOException {
        Resources machine = Machine.capacity();
        long cpu = Math.round(configuration.value(Settings.HOST_CPU) * 1000);
        long memory = configuration.value(Settings.HOST_MEMORY);
        Resources capacity = new Resources(cpu == 0 ? machine.cpuMillis() : cpu, memory == 0 ? machine.memoryBytes() : memory);
        String bind = configuration.value(Settings.BIND);
        return new AgentSettings(
                name(configuration), installation, Machine.addresses(bind, configuration.value(Settings.HOST_ADDRESSES)),
                Set.copyOf(configuration.value(Settings.HOST_TAGS)), capacity, bind, AgentIdentity.of(home.home().path()));
    }
}
