package concierge.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** Real etcd members on free ports, of the loopback address where nothing else is said (Debian's {@code etcd-server} and {@code etcd-client}). */
public final class EtcdServers implements AutoCloseable {
    public static final String LOOPBACK = "127.0.0.1";

    private final Path folder;
    private final String ip;
    private final List<Integer> clients;
    private final List<Integer> peers;
    private final List<String> options;
    private final @Nullable Path certificates;
    private final List<@Nullable Process> processes = new ArrayList<>();

    private EtcdServers(Path folder, String ip, int members, @Nullable Path certificates, List<String> options) {
        this.folder = folder;
        this.ip = ip;
        List<Integer> ports = freePorts(2 * members);
        this.clients = ports.subList(0, members);
        this.peers = ports.subList(members, 2 * members);
        this.certificates = certificates;
        this.options = options;
        for (int i = 0; i < members; i++) processes.add(null);
    }

    /** Members that all answer. @param folder for their data, removed by the test */
    public static EtcdServers start(Path folder, int members, String... options) {
        return start(new EtcdServers(made(folder), LOOPBACK, members, null, List.of(options)), true);
    }

    /** The same at another address of this machine; not waited for. */
    public static EtcdServers beginAt(String ip, Path folder, int members) {
        return start(new EtcdServers(made(folder), ip, members, null, List.of()), false);
    }

    private static Path made(Path folder) {
        try {
            return Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Members that speak TLS, and only with who has a certificate of the same authority. */
    public static EtcdServers startSecured(Path folder, EngineCertificates certificates, int members) {
        return startSecured(folder, certificates, members, true);
    }

    /** @param reachable whether the certificates are for the loopback address, so that answers can be awaited */
    public static EtcdServers startSecured(Path folder, EngineCertificates certificates, int members, boolean reachable) {
        Path own = certificates.client().resolveSibling("engine");
        return start(new EtcdServers(folder, LOOPBACK, members, certificates.client(), List.of(
                "--client-cert-auth", "--trusted-ca-file", own.resolve("ca.pem").toString(),
                "--cert-file", own.resolve("cert.pem").toString(), "--key-file", own.resolve("key.pem").toString())), reachable);
    }

    private static EtcdServers start(EtcdServers servers, boolean reachable) {
        try {
            servers.startAll();
            if (reachable) servers.awaitHealthy();
            return servers;
        } catch (RuntimeException e) {
            servers.close();
            throw e;
        }
    }

    private String at(int port) {
        return ip + ":" + port;
    }

    /** {@code etcd://127.0.0.1:1,127.0.0.1:2/prefix}. */
    public String address(String prefix) {
        return (certificates == null ? "etcd://" : "etcds://") + clients.stream().map(this::at).collect(Collectors.joining(",")) + prefix;
    }

    /** Where a member's clients come in. */
    public int port(int member) {
        return clients.get(member);
    }

    public int size() {
        return clients.size();
    }

    /** Starts a member, with the data that it has. */
    public void start(int member) {
        String scheme = certificates == null ? "http" : "https";
        List<String> command = new ArrayList<>(List.of(
                "etcd", "--name", "m" + member, "--data-dir", folder.resolve("m" + member).toString(),
                "--listen-client-urls", scheme + "://" + at(clients.get(member)), "--advertise-client-urls", scheme + "://" + at(clients.get(member)),
                "--listen-peer-urls", "http://" + at(peers.get(member)), "--initial-advertise-peer-urls", "http://" + at(peers.get(member)),
                "--initial-cluster", IntStream.range(0, size()).mapToObj(i -> "m" + i + "=http://" + at(peers.get(i))).collect(Collectors.joining(",")),
                "--initial-cluster-token", folder.getFileName().toString(), "--enable-v2=false", "--logger", "zap", "--log-level", "warn"));
        command.addAll(options);
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("m" + member + ".log").toFile()));
            // Debian's service file is none of ours.
            builder.environment().keySet().removeIf(name -> name.startsWith("ETCD"));
            processes.set(member, builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start etcd (Debian: apt-get install etcd-server etcd-client)", e);
        }
    }

    /** As {@code kill -9} does. */
    public void kill(int member) {
        Process process = processes.get(member);
        if (process == null) return;
        process.destroyForcibly();
        process.onExit().join();
    }

    public void killAll() {
        for (int i = 0; i < size(); i++) kill(i);
    }

    public void startAll() {
        for (int i = 0; i < size(); i++) start(i);
    }

    /** Lets it hang: it keeps its connections and says nothing. */
    public void pause(int member) {
        signal("STOP", member);
    }

    public void resume(int member) {
        signal("CONT", member);
    }

    private void signal(String name, int member) {
        Process process = processes.get(member);
        if (process == null) throw new IllegalStateException("member " + member + " does not run");
        run(List.of("kill", "-" + name, Long.toString(process.pid())));
    }

    /** Waits until all members take part. */
    public void awaitHealthy() {
        Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(100)).ignoreExceptions()
                .until(() -> control("endpoint", "health").lines().filter(line -> line.contains("is healthy")).count() == size());
    }

    /** The member that leads. */
    public int leader() {
        return Awaitility.await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> {
            for (String line : control("endpoint", "status", "-w", "simple").lines().toList()) {
                String[] parts = line.split(", ");
                if (parts.length > 4 && parts[4].equals("true")) return clients.indexOf(Integer.parseInt(parts[0].substring(parts[0].lastIndexOf(':') + 1)));
            }
            throw new IllegalStateException("no leader");
        }, _ -> true);
    }

    /** What {@code etcdctl} says. */
    public String control(String... arguments) {
        String endpoints = clients.stream().map(this::at).collect(Collectors.joining(","));
        List<String> command = new ArrayList<>(List.of("etcdctl", "--endpoints", endpoints, "--command-timeout", "5s", "--dial-timeout", "2s"));
        if (certificates != null) {
            command.addAll(List.of(
                    "--cacert", certificates.resolve("ca.pem").toString(), "--cert", certificates.resolve("cert.pem").toString(),
                    "--key", certificates.resolve("key.pem").toString()));
        }
        command.addAll(Arrays.asList(arguments));
        return run(command);
    }

    private static String run(List<String> command) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put("ETCDCTL_API", "3");
            Process process = builder.start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.onExit().join().exitValue() != 0) throw new IllegalStateException(String.join(" ", command) + ": " + said);
            return said;
        } catch (IOException e) {
            throw new UncheckedIOException(command.getFirst() + " (Debian: apt-get install etcd-client)", e);
        }
    }

    /** What the members wrote. */
    public String log() {
        try {
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < size(); i++) all.append(Files.readString(folder.resolve("m" + i + ".log")));
            return all.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Integer> freePorts(int count) {
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            return held.stream().map(ServerSocket::getLocalPort).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            for (ServerSocket socket : held) {
                try {
                    socket.close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    @Override
    public void close() {
        killAll();
    }
}
