package concierge.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Machines with a Docker engine each, on a network of their own: {@code node1} at 10.77.0.11, {@code node2} at
 * 10.77.0.12 and so on, and this Java at {@link #ADDRESS}. Nobody has a way out, so look-ups of names fail at once.
 * Every engine has {@code busybox:stable}. Closing it, or the end of this Java, ends all of it.
 */
public final class EngineCluster implements AutoCloseable {
    /** Of this Java, as the machines see it. */
    public static final String ADDRESS = "10.77.0.1";

    private final Path folder;
    private final Namespace network;
    private final List<EngineNode> nodes = new ArrayList<>();
    private final Thread hook = new Thread(this::clean, "engine-cluster-cleanup");

    private EngineCluster(Path folder) {
        this.folder = folder;
        Runtime.getRuntime().addShutdownHook(hook);
        // The bridge has a namespace without engines: theirs drop what they do not know, bridged frames included.
        network = new Namespace("network");
        network.run("ip", "link", "add", "br0", "type", "bridge");
        network.run("ip", "link", "set", "br0", "up");
        network.run("sh", "-c", "! [ -e /proc/sys/net/bridge ] || echo 0 > /proc/sys/net/bridge/bridge-nf-call-iptables");
        connect(Long.toString(ProcessHandle.current().pid()), "cluster", ADDRESS, "here");
    }

    /**
     * Starts so many machines, all at once.
     *
     * @param options further ones of their engines
     */
    public static EngineCluster start(int machines, String... options) {
        EngineCluster cluster = prepare(machines, options);
        try {
            cluster.startEngines();
            return cluster;
        } catch (RuntimeException | Error e) {
            cluster.close();
            throw e;
        }
    }

    /** The network and the machines, whose engines do not run yet. */
    public static EngineCluster prepare(int machines, String... options) {
        DockerEngine.requireServers();
        try {
            EngineCluster cluster = new EngineCluster(Files.createTempDirectory("cluster"));
            try {
                for (int i = 1; i <= machines; i++) cluster.nodes.add(new EngineNode(cluster, cluster.folder, i, List.of(options)));
                return cluster;
            } catch (IOException | RuntimeException | Error e) {
                cluster.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start the machines", e);
        }
    }

    /** Of all machines, at once. */
    public void startEngines() {
        Together.run(nodes.stream().<Runnable>map(node -> () -> {
            node.start();
            try {
                BusyboxImage.make(node.raw());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }).toList());
    }

    /** By its number, from 1. */
    public EngineNode node(int number) {
        return nodes.get(number - 1);
    }

    public List<EngineNode> nodes() {
        return List.copyOf(nodes);
    }

    /** Makes the engines one Swarm, of which so many are managers; {@code node1} leads it. */
    public EngineCluster swarm(int managers) {
        EngineNode first = node(1);
        first.raw().post("/swarm/init", Map.of(
                "ListenAddr", first.address() + ":2377", "AdvertiseAddr", first.address(),
                "DefaultAddrPool", List.of("10.78.0.0/16"), "SubnetSize", 24)).ok();
        var tokens = first.raw().get("/swarm").ok().json().path("JoinTokens");
        Together.run(IntStream.range(1, nodes.size()).<Runnable>mapToObj(i -> () -> {
            EngineNode node = nodes.get(i);
            node.raw().post("/swarm/join", Map.of(
                    "ListenAddr", node.address() + ":2377", "AdvertiseAddr", node.address(),
                    "RemoteAddrs", List.of(first.address() + ":2377"),
                    "JoinToken", tokens.path(i < managers ? "Manager" : "Worker").asString())).ok();
        }).toList());
        return this;
    }

    /** Gives a namespace an interface on the bridge; {@code port} is the bridge's end of it. */
    void connect(String process, String name, String address, String port) {
        // The same after a reboot: others remember it for half a minute.
        String hardware = String.format("02:00:0a:4d:00:%02x", Integer.parseInt(address.substring(address.lastIndexOf('.') + 1)));
        network.run("ip", "link", "add", port, "type", "veth", "peer", "name", name, "address", hardware, "netns", process);
        network.run("ip", "link", "set", port, "master", "br0", "up");
        Namespace.command(List.of("nsenter", "-t", process, "-n", "ip", "addr", "add", address + "/24", "dev", name));
        Namespace.command(List.of("nsenter", "-t", process, "-n", "ip", "link", "set", name, "up"));
    }

    /** The cable of that port is in, or out. */
    void plug(String port, boolean in) {
        network.run("ip", "link", "set", port, in ? "up" : "down");
    }

    /** That port is gone for good, if it is not already. */
    void unplug(String port) {
        network.run("sh", "-c", "ip link del " + port + " 2> /dev/null || ! ip link show " + port + " 2> /dev/null");
    }

    @Override
    public void close() {
        clean();
        Runtime.getRuntime().removeShutdownHook(hook);
    }

    private synchronized void clean() {
        Together.run(nodes.stream().<Runnable>map(node -> node::remove).toList());
        network.close();
        // By rm: layers hold names and modes that Java's walk trips over.
        Namespace.command(List.of("rm", "-rf", "--one-file-system", folder.toString()));
    }
}
