package concierge.agent.core;

/**
 * Whether a host lives, where that is another question than whether its agent does: a remote engine's agent stands
 * elsewhere. While it does not, the host's lease is left to end, and its instances are placed elsewhere.
 */
public interface Pulse {
    /** The agent is on the host: it lives as long as the agent does. */
    Pulse OWN = () -> true;

    /** Called before each renewal of the lease; blocks for no longer than a second or two. */
    boolean beats();
}
