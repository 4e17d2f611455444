package concierge.executor.process;

import concierge.executor.ExecutorException;
import concierge.model.InstanceId;
import concierge.model.Port;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Chooses host ports: the one that the specification fixes, else the one the instance had before, else a
 * free one. A port is free when nobody listens on it now and no other instance of ours has been promised it.
 */
final class HostPorts {
    /** Below Linux's range for outgoing connections (32768 and up): none of these takes our port while it is unused. */
    private static final int FIRST = 20_000;

    private static final int COUNT = 10_000;

    private final String bind;
    private final Map<Integer, String> promised;
    private final Set<Integer> chosen = new HashSet<>();

    /** @param promised host ports of other instances, and whose they are */
    HostPorts(String bind, Map<Integer, String> promised) {
        this.bind = bind;
        this.promised = promised;
    }

    SortedMap<String, Integer> choose(InstanceId instance, List<Port> ports, Map<String, Integer> before) {
        SortedMap<String, Integer> result = new TreeMap<>();
        for (Port port : ports) {
            int host = port.host().isPresent() ? fixed(port, port.host().get()) : sticky(instance, port, before);
            chosen.add(host);
            result.put(port.key(), host);
        }
        return result;
    }

    private int fixed(Port port, int host) {
        String owner = promised.get(host);
        if (owner == null && listenable(port, host)) return host;
        throw new ExecutorException(
                ExecutorException.Kind.portTaken,
                "port " + host + " on " + bind + ": in use by " + (owner == null ? "another program" : owner) + " (expected: free, for " + port.key()
                        + "); stop what uses it, or expose " + port.container() + " without a host port");
    }

    private int sticky(InstanceId instance, Port port, Map<String, Integer> before) {
        Integer last = before.get(port.key());
        if (last != null && free(port, last)) return last;
        // Each instance looks from a place of its own, so that it tends to find the same port again.
        int start = Math.floorMod(31 * instance.path().hashCode() + port.hashCode(), COUNT);
        for (int i = 0; i < COUNT; i++) {
            int candidate = FIRST + (start + i) % COUNT;
            if (free(port, candidate)) return candidate;
        }
        throw new ExecutorException(
                ExecutorException.Kind.exhausted, "no free port on " + bind + " between " + FIRST + " and " + (FIRST + COUNT - 1) + " for " + port.key());
    }

    private boolean free(Port port, int host) {
        return !promised.containsKey(host) && !chosen.contains(host) && listenable(port, host);
    }

    private boolean listenable(Port port, int host) {
        try {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(bind), host);
            switch (port.protocol()) {
                case tcp -> {
                    try (ServerSocket socket = new ServerSocket()) {
                        // As servers do: connections of a former listener that linger do not count.
                        socket.setReuseAddress(true);
                        socket.bind(address);
                    }
                }
                case udp -> new DatagramSocket(address).close();
            }
            return true;
        } catch (IOException e) {
            // In use, or (below 1024) not ours to take: in both cases the command could not listen either.
            return false;
        }
    }

}
