package concierge.model;

import java.util.List;

/**
 * The services that have a name, at one revision of the store, and where each can be reached now.
 *
 * @param services sorted by name; one without a ready instance is there, without targets
 */
public record NameTable(String installation, long revision, List<Named> services) {
    public NameTable {
        services = List.copyOf(services);
    }

    /** @param name {@code <service>.<stack>}, each in the form that host names need; unique in a table */
    public record Named(String name, List<Target> targets) {
        public Named {
            targets = List.copyOf(targets);
        }
    }

    /**
     * A ready instance's port.
     *
     * @param n the instance's number
     * @param port the port inside of the instance, by which it is asked for
     * @param address and {@code hostPort}: where it is reached
     */
    public record Target(int n, int port, Port.Protocol protocol, String address, int hostPort) {}
}
