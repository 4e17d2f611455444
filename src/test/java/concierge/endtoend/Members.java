package concierge.endtoend;

import concierge.runtime.Processes;
import concierge.testing.EtcdServers;
import concierge.testing.Together;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * What clusters of the tests have in common: the homes of several servers that are no hosts, on one etcd, and what
 * they tell. Closing it ends everything that it started.
 */
public abstract class Members implements AutoCloseable {
    static final Duration START = Duration.ofSeconds(60);

    final Path folder;
    private final String address;
    private final EtcdServers etcd;
    private final Map<String, Installation> servers = new TreeMap<>();
    private final Map<String, Map<String, String>> environments;

    /**
     * @param address of servers and etcd, as hosts see them
     * @param members of etcd
     */
    Members(Path folder, String address, int members) {
        this(folder, address, members, Map.of());
    }

    /** @param environments what servers have besides, by name */
    Members(Path folder, String address, int members, Map<String, Map<String, String>> environments) {
        this.environments = environments;
        this.folder = folder;
        this.address = address;
        this.etcd = EtcdServers.beginAt(address, folder.resolve("etcd"), members);
    }

    /** Starts servers and hosts, and waits for them; whatever fails ends all of it. */
    final void start(List<String> servers, List<String> hosts) {
        try {
            Installation first = prepareServer(servers.getFirst());
            Together.run(this::prepareHosts, () -> {
                etcd.awaitHealthy();
                // It makes the key that all others need.
                first.must("server", "start");
            });
            List<Runnable> further = new ArrayList<>();
            for (String name : servers.subList(1, servers.size())) {
                Installation server = prepareServer(name);
                further.add(() -> server.must("server", "start"));
            }
            further.add(this::startHosts);
            Together.run(further);
            Installation.await("hosts", START, () -> up().size() == hosts.size());
        } catch (RuntimeException | Error e) {
            e.addSuppressed(new IllegalStateException(logs()));
            close();
            throw e;
        }
    }

    /** A further server that is no host, started. @param environment what it has besides */
    final Installation addServer(String name, Map<String, String> environment) {
        Installation server = prepareServer(name);
        environment.forEach(server::with);
        server.must("server", "start");
        return server;
    }

    private Installation prepareServer(String name) {
        Installation server = home(Installation.NO_ENGINE).with("CONCIERGE_HOST__NAME", name).with("CONCIERGE_AGENT__ENABLED", "false").with("CONCIERGE_BIND", address);
        environments.getOrDefault(name, Map.of()).forEach(server::with);
        servers.put(name, server);
        return server;
    }

    /** What agents need, while the first server starts. */
    abstract void prepareHosts();

    /** Starts the agents of all hosts. */
    abstract void startHosts();

    /** Ends all hosts and what runs there, and removes their homes. */
    abstract void closeHosts() throws IOException;

    /** A home on the shared store. @param engine as {@code DOCKER_HOST} has it */
    final Installation home(String engine) {
        Installation home = new Installation(engine).brief().with("CONCIERGE_STORE__URL", etcd.address("/test"));
        if (!servers.isEmpty()) bringKey(servers.values().iterator().next().home(), home.home());
        return home;
    }

    /** As a person copies it; the first server has made it. */
    private static void bringKey(Path from, Path to) {
        try {
            Files.copy(from.resolve("secrets.key"), to.resolve("secrets.key"), StandardCopyOption.COPY_ATTRIBUTES);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    final Path agentLog(String host) {
        return folder.resolve("agent-" + host + ".log");
    }

    final EtcdServers etcd() {
        return etcd;
    }

    public final Installation server(String name) {
        return servers.get(name);
    }

    /** Who leads; empty: nobody. */
    public final String leader() {
        return etcd.control("get", "--print-value-only", "/test/leader").strip();
    }

    /** Any server that answers. */
    public final Installation anyServer() {
        return servers.values().stream().filter(server -> Processes.alive(server.serverPid())).findFirst().orElseThrow();
    }

    /** Names of the hosts that are there, as a server tells. */
    public final List<String> up() {
        List<String> up = new ArrayList<>();
        for (JsonNode host : anyServer().api("/v1/hosts")) if (!host.get("lost").asBoolean()) up.add(host.get("name").asString());
        return up;
    }

    /** How many instances each host has, as a server tells. */
    final Map<String, Integer> spread() {
        Map<String, Integer> spread = new TreeMap<>();
        for (JsonNode instance : anyServer().instances()) spread.merge(instance.get("host").asString(), 1, Integer::sum);
        return spread;
    }

    /** The ends of all logs, for messages of failing tests. */
    final String logs() {
        StringBuilder all = new StringBuilder();
        servers.forEach((name, server) -> all.append("--- server ").append(name).append('\n').append(server.log()).append('\n'));
        try (var files = Files.list(folder)) {
            for (Path log : files.filter(file -> file.getFileName().toString().startsWith("agent-")).sorted().toList()) {
                all.append("--- ").append(log.getFileName()).append('\n').append(Files.readString(log)).append('\n');
            }
        } catch (IOException e) {
            all.append(e);
        }
        return all.toString();
    }

    @Override
    public void close() {
        try {
            closeHosts();
            for (Installation server : servers.values()) {
                Path record = server.home().resolve("server.json");
                if (!Files.exists(record)) continue;
                Installation.kill9(server.serverPid());
                // Its state is not in its home: there is nothing to reset there.
                Files.delete(record);
            }
            for (Installation server : servers.values()) server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            etcd.close();
        }
    }
}
