package concierge.agent;

import concierge.model.Loss;
import concierge.model.Resources;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Who an agent is.
 *
 * @param host the host's name on the network
 * @param addresses where its published ports can be reached, the preferred one first
 * @param capacity what may be placed here; 0 in a component: unlimited
 * @param bind the address that ports are published on
 * @param lease how long its record outlives its last sign of life
 * @param identity which agent it is, {@link AgentIdentity}; empty: nobody else can have the name
 */
public record AgentSettings(
        String host, String installation, List<String> addresses, Set<String> tags, Resources capacity, String bind, String identity, Duration lease) {
    public AgentSettings {
        addresses = List.copyOf(addresses);
        tags = Set.copyOf(tags);
    }

    /** With the usual lease. */
    public AgentSettings(
            String host, String installation, List<String> addresses, Set<String> tags, Resources capacity, String bind, String identity) {
        this(host, installation, addresses, tags, capacity, bind, identity, Loss.LEASE);
    }

    /** This machine, with its own name and capacity; ports on loopback only. */
    public static AgentSettings local(String installation) {
        return new AgentSettings(
                Machine.name(), installation, List.of("127.0.0.1"), Set.of(), Machine.capacity(), "127.0.0.1", "");
    }
}
