package concierge.agent;

import concierge.model.AgentProcess;
import concierge.model.Names;
import concierge.model.Resources;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;

/** What the machine says of itself. */
public final class Machine {
    private static final Path HOSTNAME = Path.of("/proc/sys/kernel/hostname");
    private static final Path MEMORY = Path.of("/proc/meminfo");

    private Machine() {}

    /** The host name in the form that hosts of the network have; {@code localhost} where it has none. */
    public static String name() {
        return hostName(Files.isReadable(HOSTNAME) ? read(HOSTNAME) : javaName());
    }

    static String hostName(String name) {
        String form = name.strip().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_.-]+", "-");
        String bounded = form.length() > 63 ? form.substring(0, 63) : form;
        return Names.isPart(bounded) ? bounded : "localhost";
    }

    /** This process on it. */
    static AgentProcess process(Instant since) {
        return new AgentProcess(name(), ProcessHandle.current().pid(), since.truncatedTo(ChronoUnit.SECONDS));
    }

    /** All processors; all memory, or 0 (unlimited) where the machine does not tell. */
    public static Resources capacity() {
        long memory = Files.isReadable(MEMORY) ? memoryBytes(read(MEMORY)) : 0;
        return new Resources(Runtime.getRuntime().availableProcessors() * 1000L, memory);
    }

    /**
     * Where ports that are published on {@code bind} can be reached: at {@code chosen}, if given, else at {@code bind},
     * else, where that means all addresses, at those of the machine's own that others can reach.
     *
     * @throws IOException when nothing that is published there can be reached at a chosen one
     */
    public static List<String> addresses(String bind, List<String> chosen) throws IOException {
        boolean all = InetAddress.getByName(bind).isAnyLocalAddress();
        if (!all) {
            for (String address : chosen) {
                if (!InetAddress.getByName(address).equals(InetAddress.getByName(bind))) {
                    throw new IOException("host.addresses: " + address + " (expected: " + bind + ", the address that ports are published on; set bind to "
                            + address + ", or to 0.0.0.0 for all)");
                }
            }
        }
        if (!chosen.isEmpty()) return chosen;
        if (!all) return List.of(bind);
        List<String> found = NetworkInterface.networkInterfaces()
                .filter(Machine::isUp)
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress() && !address.isLinkLocalAddress())
                .map(InetAddress::getHostAddress)
                .sorted()
                .toList();
        return found.isEmpty() ? List.of("127.0.0.1") : found;
    }

    /** Engines' bridges carry no traffic of other machines. */
    private static boolean isUp(NetworkInterface network) {
        try {
            return network.isUp() && !network.getName().matches("(docker|br-|veth|virbr|lxdbr|concierge).*");
        } catch (java.net.SocketException _) {
            return false;
        }
    }

    /** {@code MemTotal} of proc_meminfo(5), in bytes. */
    static long memoryBytes(String meminfo) {
        return meminfo.lines()
                .filter(line -> line.startsWith("MemTotal:"))
                .map(line -> line.replaceAll("[^0-9]", ""))
                .filter(digits -> !digits.isEmpty())
                .mapToLong(digits -> Long.parseLong(digits) * 1024)
                .findFirst()
                .orElse(0);
    }

    private static String read(Path path) {
        try {
            return Files.readString(path);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("cannot read " + path, e);
        }
    }

    private static String javaName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException _) {
            return "localhost";
        }
    }
}
