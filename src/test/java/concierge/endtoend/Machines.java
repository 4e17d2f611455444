package concierge.endtoend;

import concierge.json.Json;
import concierge.testing.EngineCluster;
import concierge.testing.EngineNode;
import concierge.testing.RawDocker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Several members on machines of their own: {@code node1}, {@code node2} and so on have an address, an engine and an
 * agent each, which all die with the machine; servers and etcd are beside them on the same network.
 */
public final class Machines extends Members {
    /** By which containers of instances are known: on a Swarm by the service that they are of. */
    private static final String OURS = "concierge.instance";

    private static final String SWARM = "swarm";
    private static final String SWARMS = "com.docker.swarm.service.name";

    private final EngineCluster engines;
    private final int managers;
    private final String label;
    private final Map<String, Machine> machines = new TreeMap<>();

    /** A machine with its agent. */
    public final class Machine {
        private final EngineNode node;
        private final Installation home;
        private @Nullable Process agent;
        private String identity = "";

        private Machine(EngineNode node) {
            this.node = node;
            this.home = home(node.engine()).with("CONCIERGE_EXECUTORS", managers == 0 ? "docker, process" : "docker, swarm").inside(node.inside());
            home.with("DOCKER_CONFIG", home.home().resolve("docker").toString());
        }

        public EngineNode node() {
            return node;
        }

        Installation member() {
            return home;
        }

        boolean agentRuns() {
            return agent != null && agent.isAlive();
        }

        /** Tagged as itself, and as one of the others where it is not the first. */
        void startAgent() {
            try {
                String tags = "on-" + node.name() + (node.name().equals("node1") ? "" : ",further");
                agent = home.startInto(agentLog(node.name()), "agent", "--name", node.name(), "--tags", tags, "--set", "bind=" + node.address());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** The agent alone is gone: what it runs goes on. */
        void killAgent() {
            if (agent != null) Installation.kill9(agent.pid());
        }

        /** Which agent this is; it stays so while it is away. */
        private String identity() {
            if (identity.isEmpty()) identity = agent(node.name());
            return identity;
        }

        /** The one container of an instance ends. */
        void killContainer(String instance) {
            JsonNode containers = node.raw().get("/containers/json?filters=" + labelled(instance)).ok().json();
            node.raw().post("/containers/" + containers.get(0).get("Id").asString() + "/kill").ok();
        }

        /** As after a power cut: the machine, its engine, its agent. */
        public void boot() {
            node.restart();
            home.inside(node.inside());
            startAgent();
        }

        /** When containers of instances ended here since then, by the engine's last 256 events. */
        Map<String, Instant> ended(Instant since) {
            String filter = URLEncoder.encode("{\"type\":[\"container\"],\"event\":[\"die\"],\"label\":[\"" + label + "\"]}", StandardCharsets.UTF_8);
            String path = "/events?since=" + Starts.seconds(since) + "&until=" + Starts.seconds(Instant.now()) + "&filters=" + filter;
            Map<String, Instant> ended = new TreeMap<>();
            node.raw().get(path).ok().text().lines().filter(line -> !line.isBlank()).map(Json.mapper()::readTree).forEach(event -> {
                long nanos = event.get("timeNano").asLong();
                ended.put(event.at("/Actor/Attributes").get(label).asString(), Instant.ofEpochSecond(nanos / 1_000_000_000, nanos % 1_000_000_000));
            });
            return ended;
        }

        /** Instances whose containers run here, with the moment at which each was started. */
        Map<String, List<Instant>> running() {
            Map<String, List<Instant>> running = new TreeMap<>();
            RawDocker raw = node.raw();
            if (!raw.answers()) return running;
            for (JsonNode container : raw.get("/containers/json?filters=" + labelled("")).ok().json()) {
                RawDocker.Reply facts = raw.get("/containers/" + container.get("Id").asString() + "/json");
                if (facts.status() != 200) continue; // removed between the two
                running.computeIfAbsent(container.get("Labels").get(label).asString(), _ -> new ArrayList<>())
                        .add(Instant.parse(facts.json().at("/State/StartedAt").asString()));
            }
            return running;
        }
    }

    private Machines(Path folder, EngineCluster engines, int members, int managers) {
        super(folder, EngineCluster.ADDRESS, members);
        this.engines = engines;
        this.managers = managers;
        this.label = managers == 0 ? OURS : SWARMS;
    }

    public static Machines start(Path folder, List<String> servers, int count) {
        return start(folder, servers, count, 3);
    }

    /**
     * @param members of etcd
     * @param options further ones of the engines
     */
    static Machines start(Path folder, List<String> servers, int count, int members, String... options) {
        return start(folder, servers, EngineCluster.prepare(count, options), members, 0);
    }

    /**
     * Machines whose engines are one Swarm that each of them manages, a host of its own beside them; what is told of
     * instances is about those on it, by the names of their services there.
     */
    static Machines startSwarm(Path folder, List<String> servers, int count) {
        return start(folder, servers, EngineCluster.prepare(count), 3, count);
    }

    /** @param managers of the Swarm; 0: there is none */
    private static Machines start(Path folder, List<String> servers, EngineCluster engines, int members, int managers) {
        Machines machines;
        try {
            machines = new Machines(folder, engines, members, managers);
        } catch (RuntimeException | Error e) {
            engines.close();
            throw e;
        }
        Stream<String> names = engines.nodes().stream().map(EngineNode::name);
        machines.start(servers, Stream.concat(names, managers == 0 ? Stream.empty() : Stream.of(SWARM)).toList());
        return machines;
    }

    @Override
    void prepareHosts() {
        engines.startEngines();
        if (managers > 0) engines.swarm(managers);
    }

    @Override
    void startHosts() {
        for (EngineNode node : engines.nodes()) machines.put(node.name(), new Machine(node));
        machines.values().forEach(Machine::startAgent);
    }

    /** The machine whose agent serves the Swarm now. */
    Machine serving() {
        String agent = agent(SWARM);
        return machines.values().stream().filter(machine -> machine.identity().equals(agent)).findFirst().orElseThrow();
    }

    /** The machine that the Swarm's managers follow: when that one is gone they take most of a minute until all is back. */
    Machine leading() {
        JsonNode nodes = machine("node1").node().raw().get("/nodes").ok().json();
        for (JsonNode node : nodes) if (node.at("/ManagerStatus/Leader").asBoolean(false)) return machine(node.at("/Description/Hostname").asString());
        throw new IllegalStateException("the Swarm has no leader: " + nodes);
    }

    boolean isServedByOther(Machine former) {
        String agent = agent(SWARM);
        return !agent.isEmpty() && !agent.equals(former.identity());
    }

    /** Which agent answers for a host; empty: nobody. */
    private String agent(String host) {
        String record = etcd().control("get", "--print-value-only", "/test/host/" + host).strip();
        return record.isEmpty() ? "" : Json.mapper().readTree(record).path("agent").asString("");
    }

    /** The agents' processes by their machines' names, as etcd has them. */
    Map<String, String> agentProcesses() {
        Map<String, String> processes = new TreeMap<>();
        for (String name : machines.keySet()) {
            String record = etcd().control("get", "--print-value-only", "/test/host/" + name).strip();
            if (!record.isEmpty()) processes.put(name, Json.mapper().readTree(record).path("process").toString());
        }
        return processes;
    }

    public EngineCluster engines() {
        return engines;
    }

    Machine machine(String name) {
        return machines.get(name);
    }

    public List<Machine> machines() {
        return List.copyOf(machines.values());
    }

    private String labelled(String instance) {
        return URLEncoder.encode("{\"label\":[\"" + label + (instance.isEmpty() ? "" : "=" + instance) + "\"]}", StandardCharsets.UTF_8);
    }

    /** What really runs on all machines: when each of an instance's containers was started. */
    Map<String, List<Instant>> running() {
        Map<String, List<Instant>> running = new TreeMap<>();
        for (Machine machine : machines.values()) {
            machine.running().forEach((instance, starts) -> running.computeIfAbsent(instance, _ -> new ArrayList<>()).addAll(starts));
        }
        return running;
    }

    @Override
    void closeHosts() throws IOException {
        engines.close();
        for (Machine machine : machines.values()) machine.home.close();
    }
}
