package concierge.endtoend;

import concierge.testing.EtcdServers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Several members on one machine: each agent a process with a loopback address of its own, which runs processes. */
final class Cluster extends Members {
    private final List<String> first;
    private final Map<String, Host> hosts = new TreeMap<>();

    /** A further host: its agent is started, killed, and started again in the same home. */
    final class Host {
        private final String name;
        private final String address;
        private final Installation home;
        private Process agent;

        private Host(String name, String address, Installation home) {
            this.name = name;
            this.address = address;
            this.home = home;
        }

        void start() {
            try {
                agent = home.startInto(agentLog(name), "agent", "--name", name, "--tags", "tag-" + name, "--set", "bind=" + address);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** What its agent and all that it runs have in their environment, before it is started. */
        Host with(Map<String, String> environment) {
            environment.forEach(home::with);
            return this;
        }

        Path homeFolder() {
            return home.home();
        }

        /** The agent alone is gone: what it runs goes on. */
        void killAgent() {
            Installation.kill9(agent.pid());
        }

        /** As when the machine dies. */
        void crash() {
            killAgent();
            processes().values().forEach(Installation::kill9);
        }

        /** What runs here: process id by instance and generation. */
        Map<String, Long> processes() {
            return Files.isDirectory(home.home().resolve("processes/instances")) ? home.processes() : Map.of();
        }
    }

    Cluster(Path folder, List<String> servers, List<String> hosts) {
        this(folder, 3, servers, hosts);
    }

    /** @param environments what servers have besides, by name */
    Cluster(Path folder, List<String> servers, List<String> hosts, Map<String, Map<String, String>> environments) {
        this(folder, 3, servers, hosts, environments);
    }

    /** @param members of etcd */
    Cluster(Path folder, int members, List<String> servers, List<String> hosts) {
        this(folder, members, servers, hosts, Map.of());
    }

    private Cluster(Path folder, int members, List<String> servers, List<String> hosts, Map<String, Map<String, String>> environments) {
        super(folder, EtcdServers.LOOPBACK, members, environments);
        this.first = List.copyOf(hosts);
        start(servers, hosts);
    }

    @Override
    void prepareHosts() {}

    @Override
    void startHosts() {
        for (String name : first) addHost(name).start();
    }

    /** A host that is not started yet. */
    Host addHost(String name) {
        return addHost(name, agentHome());
    }

    private Installation agentHome() {
        return home(Installation.NO_ENGINE).with("CONCIERGE_EXECUTORS", "process");
    }

    private Host addHost(String name, Installation home) {
        Host host = new Host(name, "127.0.0." + (hosts.size() + 2), home);
        hosts.put(name, host);
        return host;
    }

    /** One without the installation's key. */
    Host addStranger(String name) {
        Host host = addHost(name);
        try {
            Files.delete(host.homeFolder().resolve("secrets.key"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return host;
    }

    Host host(String name) {
        return hosts.get(name);
    }

    /** What really runs, wherever: processes of each instance. */
    Map<String, Integer> running() {
        Map<String, Integer> running = new TreeMap<>();
        for (Host host : hosts.values()) {
            for (String generation : host.processes().keySet()) running.merge(generation.replaceFirst("~[0-9]+(~[^~]*)?$", ""), 1, Integer::sum);
        }
        return running;
    }

    @Override
    void closeHosts() throws IOException {
        hosts.values().forEach(host -> {
            if (host.agent != null) host.crash();
        });
        for (Host host : hosts.values()) host.home.close();
    }
}
