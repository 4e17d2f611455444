package concierge.executor.docker;

import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.VolumeEngine;
import concierge.executor.docker.SubnetPool.Subnet;
import concierge.model.Names;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * One bridge network a stack, with a small subnet of our choosing: the engine's own pools give each network
 * a /20 and are used up by 31 of them. Made once even when instances start in parallel; what is known to be
 * there is remembered, and {@link #forget forgotten} when the engine says otherwise. Thread-safe.
 */
final class Networks {
    private static final Logger LOG = LoggerFactory.getLogger(Networks.class);

    /** Others choose subnets at the same time; each refusal costs one more look. */
    private static final int ATTEMPTS = 10;

    private static final Path ROUTES = Path.of("/proc/net/route");

    private final Engine engine;
    private final String installation;
    private final String suffix;
    private final SubnetPool pool;

    /** By name: the lock of each network, and whether it is known to be there. */
    private final Map<String, Known> known = new ConcurrentHashMap<>();

    private static final class Known {
        boolean present;
    }

    Networks(Engine engine, DockerSettings settings) {
        this.engine = engine;
        this.installation = settings.installation();
        this.suffix = settings.suffix();
        this.pool = settings.subnets();
    }

    /** With the installation's suffix, always: engines allow two networks of one name, and then mix them up. */
    String name(String stack) {
        return Names.dns(stack) + "-" + suffix;
    }

    /** Makes the stack's network if it is not there; its name. */
    String ensure(String stack) {
        Known network = known(name(stack));
        synchronized (network) {
            if (!network.present) {
                make(stack);
                network.present = true;
            }
        }
        return name(stack);
    }

    void forget(String stack) {
        Known network = known(name(stack));
        synchronized (network) {
            network.present = false;
        }
    }

    /** Whether a network of that name is one of this installation's. */
    boolean isOurs(String name) {
        return name.endsWith("-" + suffix);
    }

    /** Removes a network of ours, unless something is attached to it. */
    void release(String name) {
        Known network = known(name);
        synchronized (network) {
            Reply reply = engine.delete("/networks/" + Engine.encode(name));
            if (reply.ok() || reply.notFound()) network.present = false;
            else LOG.debug("kept a network in use network={} because={}", name, reply.message());
        }
    }

    /** Removes all networks of this installation. */
    VolumeEngine.Removed removeAll() {
        List<String> removed = new ArrayList<>();
        List<String> kept = new ArrayList<>();
        for (JsonNode network : engine.get("/networks?filters=" + Labels.filter(Labels.INSTALLATION + "=" + installation)).orFail("cannot list the networks").json()) {
            String name = network.path("Name").asString("");
            Reply reply = engine.delete("/networks/" + network.path("Id").asString(""));
            if (reply.ok() || reply.notFound()) removed.add(name);
            else kept.add("network " + name + ": " + reply.message());
        }
        known.clear();
        return new VolumeEngine.Removed(removed, kept);
    }

    private Known known(String name) {
        return known.computeIfAbsent(name, _ -> new Known());
    }

    private void make(String stack) {
        String name = name(stack);
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            List<JsonNode> present = all();
            for (JsonNode network : present) {
                if (network.path("Name").asString("").equals(name)) {
                    requireOurs(network, name);
                    return;
                }
            }
            Subnet subnet = pool.choose(name, used(present)).orElseThrow(() -> new ExecutorException(Kind.exhausted,
                    "subnets: all of " + pool + " are in use (expected: one for the network of stack " + stack
                            + "; configure a larger pool or remove networks)"));
            Reply reply = engine.post("/networks/create", body(stack, name, subnet));
            if (reply.ok()) {
                LOG.info("made a network network={} subnet={}", name, subnet);
                return;
            }
            boolean raced = reply.status() == 409 || reply.says("overlap");
            if (!raced) throw Refusals.of("cannot make the network " + name, reply);
        }
        throw new ExecutorException(Kind.other, "network " + name + ": " + ATTEMPTS + " subnets were taken by others while choosing");
    }

    private void requireOurs(JsonNode network, String name) {
        if (network.path("Labels").path(Labels.INSTALLATION).asString("").equals(installation)) return;
        throw new ExecutorException(
                Kind.conflict, "network " + name + ": is there and not ours (expected: no network of that name; remove or rename it)");
    }

    private List<JsonNode> all() {
        List<JsonNode> networks = new ArrayList<>();
        engine.get("/networks").orFail("cannot list the networks").json().forEach(networks::add);
        return networks;
    }

    private Map<String, Object> body(String stack, String name, Subnet subnet) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("Name", name);
        body.put("CheckDuplicate", true);
        body.put("Driver", "bridge");
        body.put("IPAM", Map.of("Driver", "default", "Config", List.of(Map.of("Subnet", subnet.toString()))));
        body.put("Labels", Map.of(Labels.INSTALLATION, installation, Labels.STACK, stack));
        return body;
    }

    private List<Subnet> used(List<JsonNode> networks) {
        List<Subnet> used = new ArrayList<>();
        for (JsonNode network : networks) {
            for (JsonNode configuration : network.at("/IPAM/Config")) {
                String subnet = configuration.path("Subnet").asString("");
                if (subnet.contains(".")) used.add(Subnet.parse(subnet));
            }
        }
        if (engine.address().isLocal()) used.addAll(hostRoutes());
        return used;
    }

    /** The kernel's IPv4 routes less the default one: little-endian hex of destination (2nd) and mask (8th column). */
    private static List<Subnet> hostRoutes() {
        List<Subnet> routes = new ArrayList<>();
        if (!Files.isReadable(ROUTES)) return routes;
        try {
            for (String line : Files.readAllLines(ROUTES)) {
                String[] columns = line.split("\\s+");
                if (columns.length < 8 || !columns[1].matches("[0-9A-F]{8}") || columns[7].equals("00000000")) continue;
                int base = Integer.reverseBytes(Integer.parseUnsignedInt(columns[1], 16));
                int mask = Integer.reverseBytes(Integer.parseUnsignedInt(columns[7], 16));
                routes.add(new Subnet(base, Integer.bitCount(mask)));
            }
        } catch (IOException e) {
            LOG.warn("could not read the host's routes file={} because={}", ROUTES, e.getMessage());
        }
        return routes;
    }
}
