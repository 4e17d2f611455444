package concierge.endtoend;

import concierge.runtime.Processes;
import concierge.testing.EtcdServers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * Several installations' homes on one etcd: servers that are no hosts, and agents, each a process with a loopback
 * address of its own. Closing it ends everything that it started.
 */
final class Cluster implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);

    private final Path folder;
    private final EtcdServers etcd;
    private final Map<String, Installation> servers = new TreeMap<>();
    private final Map<String, Host> hosts = new TreeMap<>();

    /** A further host: its agent is started, killed, and started again in the same home. */
    final class Host {
        private final String name;
        private final String address;
        private final Installation home;
        private Process agent;

        private Host(String name, String address) {
            this.name = name;
            this.address = address;
            this.home = home();
        }

        void start() {
            try {
                agent = home.startInto(folder.resolve("agent-" + name + ".log"), "agent", "--name", name, "--tags", "tag-" + name, "--set", "bind=" + address);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
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
        this.folder = folder;
        try {
            etcd = EtcdServers.start(Files.createDirectories(folder.resolve("etcd")), 3);
            for (String name : servers) {
                Installation server = home().with("CONCIERGE_HOST__NAME", name).with("CONCIERGE_AGENT__ENABLED", "false");
                this.servers.put(name, server);
                server.must("server", "start");
            }
            for (String name : hosts) addHost(name).start();
            Installation.await("hosts", START, () -> up().size() == hosts.size());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (RuntimeException | Error e) {
            e.addSuppressed(new IllegalStateException(logs()));
            close();
            throw e;
        }
    }

    private Installation home() {
        return Installation.withoutEngine()
                .with("CONCIERGE_STORE__URL", etcd.address("/test"))
                .with("CONCIERGE_EXECUTORS", "process");
    }

    /** A host that is not started yet. */
    Host addHost(String name) {
        Host host = new Host(name, "127.0.0." + (hosts.size() + 2));
        hosts.put(name, host);
        return host;
    }

    EtcdServers etcd() {
        return etcd;
    }

    Installation server(String name) {
        return servers.get(name);
    }

    Host host(String name) {
        return hosts.get(name);
    }

    /** Who leads; empty: nobody. */
    String leader() {
        return etcd.control("get", "--print-value-only", "/test/leader").strip();
    }

    /** Any server that answers. */
    Installation anyServer() {
        return servers.values().stream().filter(server -> Processes.alive(server.serverPid())).findFirst().orElseThrow();
    }

    /** Names of the hosts that are there, as a server tells. */
    List<String> up() {
        List<String> up = new ArrayList<>();
        for (JsonNode host : anyServer().api("/v1/hosts")) if (!host.get("lost").asBoolean()) up.add(host.get("name").asString());
        return up;
    }

    /** How many instances each host has, as a server tells. */
    Map<String, Integer> spread() {
        Map<String, Integer> spread = new TreeMap<>();
        for (JsonNode instance : anyServer().instances()) spread.merge(instance.get("host").asString(), 1, Integer::sum);
        return spread;
    }

    /** What really runs, wherever: processes of each instance. */
    Map<String, Integer> running() {
        Map<String, Integer> running = new TreeMap<>();
        for (Host host : hosts.values()) {
            for (String generation : host.processes().keySet()) running.merge(generation.replaceFirst("~[0-9]+(~[^~]*)?$", ""), 1, Integer::sum);
        }
        return running;
    }

    /** The ends of all logs, for messages of failing tests. */
    String logs() {
        StringBuilder all = new StringBuilder();
        servers.forEach((name, server) -> all.append("--- server ").append(name).append('\n').append(server.log()).append('\n'));
        hosts.keySet().forEach(name -> {
            Path log = folder.resolve("agent-" + name + ".log");
            try {
                if (Files.exists(log)) all.append("--- agent ").append(name).append('\n').append(Files.readString(log)).append('\n');
            } catch (IOException e) {
                all.append(e);
            }
        });
        return all.toString();
    }

    @Override
    public void close() {
        try {
            hosts.values().forEach(host -> {
                if (host.agent != null) host.crash();
            });
            for (Installation server : servers.values()) {
                Path record = server.home().resolve("server.json");
                if (!Files.exists(record)) continue;
                Installation.kill9(server.serverPid());
                // Its state is not in its home: there is nothing to reset there.
                Files.delete(record);
            }
            for (Installation server : servers.values()) server.close();
            for (Host host : hosts.values()) host.home.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            etcd.close();
        }
    }
}
