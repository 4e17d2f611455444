package concierge;

import concierge.agent.AgentSettings;
import concierge.config.Kind;
import concierge.executor.EngineMachine;
import concierge.executor.docker.Certificates;
import concierge.executor.docker.DockerSettings;
import concierge.model.Names;
import concierge.model.Resources;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A machine that has nothing but Docker, served from here.
 *
 * @param name the host's
 * @param docker {@code tcp://host:port} or {@code unix:///path}
 * @param addresses where its published ports are reached; empty: the one it is called at
 * @param capacity 0 in a component: what the machine has
 */
record RemoteEngine(
        String name, String docker, Optional<Certificates> certificates, List<String> addresses, String bind, Set<String> tags, Resources capacity) {
    /** Everybody who reaches the machine: its ports are asked for from others, at least from here. */
    private static final String EVERYWHERE = "0.0.0.0";

    private static final List<String> KEYS = List.of("docker", "certificates", "ca", "certificate", "key", "addresses", "bind", "tags", "cpu", "memory");

    /** All that the table {@code engines} names, by name. */
    static List<RemoteEngine> all(Map<String, Object> table) throws IOException {
        List<RemoteEngine> engines = new ArrayList<>();
        for (Map.Entry<String, Object> entry : new TreeMap<>(table).entrySet()) {
            Entry said = new Entry(entry.getKey(), Kind.TABLE.reader().apply(entry.getValue()).orElseThrow(() -> new IOException(
                    "engines." + entry.getKey() + ": " + entry.getValue() + " (expected: a table with at least docker: tcp://host:port)")));
            engines.add(said.engine());
        }
        return engines;
    }

    /** One engine's keys as they were written. */
    private record Entry(String name, Map<String, Object> said) {
        RemoteEngine engine() throws IOException {
            if (!Names.isPart(name)) throw wrong("", name, "a host's name: 1 to 63 letters, digits, _ . or -");
            for (String key : said.keySet()) {
                if (!KEYS.contains(key)) throw wrong("", key, "one of " + String.join(", ", KEYS) + Names.nearest(key, KEYS).map(near -> "; did you mean " + near + "?").orElse(""));
            }
            String docker = value("docker", Kind.TEXT, "");
            URI uri;
            try {
                uri = URI.create(docker);
            } catch (IllegalArgumentException e) {
                throw wrong(".docker", docker, "tcp://host:port or unix:///path");
            }
            boolean remote = "tcp".equals(uri.getScheme()) && uri.getHost() != null;
            if (!remote && !"unix".equals(uri.getScheme())) throw wrong(".docker", docker, "tcp://host:port or unix:///path");
            List<String> addresses = value("addresses", Kind.TEXTS, remote ? List.of(uri.getHost().replaceAll("[\\[\\]]", "")) : List.<String>of());
            Resources capacity = new Resources(Math.round(value("cpu", Kind.CORES, 0.0) * 1000), value("memory", Kind.BYTES, 0L));
            return new RemoteEngine(
                    name, docker, certificates(), addresses, value("bind", Kind.TEXT, EVERYWHERE), new LinkedHashSet<>(value("tags", Kind.TEXTS, List.of())), capacity);
        }

        private Optional<Certificates> certificates() throws IOException {
            String folder = value("certificates", Kind.TEXT, "");
            String ca = value("ca", Kind.TEXT, "");
            String certificate = value("certificate", Kind.TEXT, "");
            String key = value("key", Kind.TEXT, "");
            if (ca.isEmpty() && certificate.isEmpty() && key.isEmpty()) return folder.isEmpty() ? Optional.empty() : Optional.of(Certificates.in(Path.of(folder)));
            if (ca.isEmpty() || certificate.isEmpty() || key.isEmpty()) {
                throw wrong("", "ca: " + ca + ", certificate: " + certificate + ", key: " + key, "all three, or certificates: a folder with ca.pem, cert.pem and key.pem");
            }
            return Optional.of(new Certificates(Path.of(ca), Path.of(certificate), Path.of(key)));
        }

        private <T> T value(String key, Kind<T> kind, T fallback) throws IOException {
            Object written = said.get(key);
            if (written == null) return fallback;
            return kind.reader().apply(written).orElseThrow(() -> wrong("." + key, String.valueOf(written), kind.expected()));
        }

        private IOException wrong(String key, String found, String expected) {
            return new IOException("engines." + name + key + ": " + found + " (expected: " + expected + ")");
        }
    }

    /** As settings of a Docker executor that are alike otherwise. */
    DockerSettings over(DockerSettings settings) {
        return settings.withEngine(docker, certificates);
    }

    /** @param machine what the engine told of it */
    AgentSettings settings(String installation, EngineMachine.Machine machine, String identity) throws IOException {
        Resources has = machine.capacity();
        Resources offered = new Resources(
                capacity.cpuMillis() == 0 ? has.cpuMillis() : capacity.cpuMillis(), capacity.memoryBytes() == 0 ? has.memoryBytes() : capacity.memoryBytes());
        List<String> reached = addresses.isEmpty() ? concierge.agent.Machine.addresses(bind, addresses) : addresses;
        return new AgentSettings(name, installation, reached, tags, offered, bind, identity);
    }
}
