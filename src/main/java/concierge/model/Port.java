package concierge.model;

import java.util.Optional;

/**
 * An exposed container port.
 *
 * @param container the port inside, 1 to 65535
 * @param protocol tcp or udp
 * @param host the fixed port on the host; empty: any free one, which then sticks to the instance
 */
public record Port(int container, Protocol protocol, Optional<Integer> host) implements Comparable<Port> {
    public enum Protocol {
        tcp,
        udp
    }

    public Port {
        Check.that(container >= 1 && container <= 65535, container, "port", "1 to 65535");
        host.ifPresent(port -> Check.that(port >= 1 && port <= 65535, port, "host port", "1 to 65535"));
    }

    public static Port tcp(int container) {
        return new Port(container, Protocol.tcp, Optional.empty());
    }

    /** {@code 80/tcp}: how engines, keys and {@link Status#ports} name it. */
    public String key() {
        return container + "/" + protocol;
    }

    @Override
    public int compareTo(Port other) {
        int byNumber = Integer.compare(container, other.container);
        return byNumber != 0 ? byNumber : protocol.compareTo(other.protocol);
    }
}
