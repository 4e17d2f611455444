package concierge.peer;

import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.model.ExecutorKind;

/** The other hosts and servers of this installation, to be asked. Holds no connections; thread-safe. */
public final class Peers {
    private final Directory directory;
    private final Trust trust;

    public Peers(Directory directory, Trust trust) {
        this.directory = directory;
        this.trust = trust;
    }

    /**
     * An executor of another host.
     *
     * @throws ExecutorException {@code unavailable}, with the reason, where that host cannot be asked
     */
    public Executor executor(String host, ExecutorKind kind) {
        return RemoteExecutor.of(host(host), kind);
    }

    private Peer host(String name) {
        String address = directory.host(name).orElseThrow(() -> new ExecutorException(Kind.unavailable, "host " + name
                + " answers no other hosts (expected: an agent that runs, and the installation's secrets.key in its home; its log says more)"));
        return new Peer(name, address, trust);
    }
}
