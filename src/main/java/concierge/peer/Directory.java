package concierge.peer;

import concierge.state.BuiltOn;
import concierge.state.Keys;
import concierge.store.Entry;
import concierge.store.Limits;
import concierge.store.Store;
import concierge.store.StoreException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where hosts and servers answer their peers, as the state tells; while it does not answer, as it told last.
 * Thread-safe.
 */
public final class Directory {
    private final Store store;
    private final Map<String, Listed> hosts = new ConcurrentHashMap<>();
    private volatile Map<String, Listed> servers = Map.of();

    public Directory(Store store) {
        this.store = store;
    }

    /** Empty: that host tells of none. */
    Optional<Listed> host(String name) {
        try {
            Optional<Listed> address = store.find(Keys.peerHost(name)).flatMap(entry -> Listed.of(entry.value()));
            address.ifPresentOrElse(found -> hosts.put(name, found), () -> hosts.remove(name));
            return address;
        } catch (StoreException e) {
            return Optional.ofNullable(hosts.get(name));
        }
    }

    /** Where an image was built. */
    Optional<BuiltOn> built(String reference) {
        try {
            return store.find(Keys.built(reference)).flatMap(entry -> BuiltOn.of(entry.value()));
        } catch (StoreException e) {
            return Optional.empty();
        }
    }

    /** Where any process of the installation answers, by address: one that stands for several hosts has several. */
    Map<String, Listed> members() {
        Map<String, Listed> found = new TreeMap<>();
        for (Entry entry : store.list(Keys.PEERS, "", Limits.PAGE, 0).entries()) {
            Listed.of(entry.value()).ifPresent(listed -> found.putIfAbsent(listed.address(), listed));
        }
        return found;
    }

    /** Addresses by name. */
    Map<String, Listed> servers() {
        try {
            Map<String, Listed> found = new TreeMap<>();
            // A page holds a hundred times as many servers as anybody has.
            for (Entry entry : store.list(Keys.PEER_SERVERS, "", Limits.PAGE, 0).entries()) {
                Listed.of(entry.value()).ifPresent(listed -> found.put(entry.key().substring(Keys.PEER_SERVERS.length()), listed));
            }
            servers = Map.copyOf(found);
            return found;
        } catch (StoreException e) {
            return servers;
        }
    }
}
