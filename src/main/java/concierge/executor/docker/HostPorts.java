package concierge.executor.docker;

import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.Workload;
import concierge.model.Port;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Gives host ports to exposed ports. Concierge chooses them, not the engine, because an engine would choose
 * anew at each start and a host port sticks to its instance. Free is what can be bound here now; where the
 * engine is another machine, or somebody is faster, its refusal at the start decides. Thread-safe.
 */
public final class HostPorts {
    private final int lowest;
    private final int count;
    private final boolean probe;

    /** Goes round, so that instances that start together are not given the same one. */
    private final AtomicInteger next;

    /** @param probe whether this machine's ports are the engine's */
    public HostPorts(int lowest, int highest, boolean probe, int start) {
        this.lowest = lowest;
        this.count = highest - lowest + 1;
        this.probe = probe;
        this.next = new AtomicInteger(Math.floorMod(start, count));
    }

    /**
     * Fixed ports as they are; others as they were before, unless that one is among {@code taken} or in use.
     *
     * @param taken host ports that the engine has refused
     */
    public Map<String, Integer> assign(Workload workload, Set<Integer> taken) {
        Map<String, Integer> assigned = new TreeMap<>();
        for (Port port : workload.spec().ports()) {
            assigned.put(port.key(), port.host().orElseGet(() -> sticky(workload, port, taken)));
        }
        return assigned;
    }

    private int sticky(Workload workload, Port port, Set<Integer> taken) {
        Integer former = workload.hostPorts().get(port.key());
        if (former != null && !taken.contains(former) && isFree(workload.bind(), former, port.protocol())) return former;
        for (int i = 0; i < count; i++) {
            int candidate = lowest + Math.floorMod(next.getAndIncrement(), count);
            if (!taken.contains(candidate) && isFree(workload.bind(), candidate, port.protocol())) return candidate;
        }
        throw new ExecutorException(Kind.exhausted, "host ports: none of " + lowest + " to " + (lowest + count - 1)
                + " is free (expected: one for " + port.key() + "; widen the range of host ports)");
    }

    private boolean isFree(String bind, int port, Port.Protocol protocol) {
        if (!probe) return true;
        try {
            InetAddress address = InetAddress.getByName(bind);
            switch (protocol) {
                case tcp -> {
                    try (ServerSocket socket = new ServerSocket()) {
                        socket.bind(new InetSocketAddress(address, port));
                    }
                }
                case udp -> {
                    try (DatagramSocket socket = new DatagramSocket(null)) {
                        socket.bind(new InetSocketAddress(address, port));
                    }
                }
            }
            return true;
        } catch (IOException _) {
            return false;
        }
    }
}
