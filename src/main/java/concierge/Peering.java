package concierge;

import concierge.config.Configuration;
import concierge.config.Settings;
import concierge.peer.Answers;
import concierge.executor.swarm.SwarmExecutor;
import concierge.peer.Directory;
import concierge.peer.Listed;
import concierge.peer.PeerListener;
import concierge.peer.Peers;
import concierge.peer.Registration;
import concierge.peer.Trust;
import concierge.security.Identity;
import concierge.security.Member;
import concierge.state.Keys;
import concierge.store.Store;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This process among its peers: whom it can ask, and where it answers. */
final class Peering {
    private static final Logger LOG = LoggerFactory.getLogger(Peering.class);

    private final Configuration configuration;
    private final Store store;
    private final Trust trust;
    private final String member;
    private final Set<String> addresses = ConcurrentHashMap.newKeySet();

    private Peering(Configuration configuration, Store store, Identity identity) {
        this.member = identity.member().host();
        this.configuration = configuration;
        this.store = store;
        this.trust = new Trust() {
            @Override
            public SSLContext answering() {
                return identity.context(identity.peers());
            }

            @Override
            public SSLContext asking(String host) {
                return identity.context(identity.peer(host));
            }
        };
    }

    /** Empty, and told in the log, where this home has not the installation's key. */
    static Optional<Peering> join(Configuration configuration, Store store, Membership membership, Member.Role role) {
        return membership.joinIfPossible(role).map(identity -> new Peering(configuration, store, identity));
    }

    Peers peers() {
        return new Peers(new Directory(store), trust, addresses);
    }

    /**
     * Answers from now on, on the address that ports are published on.
     *
     * @param address where others reach that
     * @param swarm that is reached through us, too, while our engine is one of its managers
     * @param keys under which it is told
     */
    void answer(Opened opened, String address, Answers answers, Optional<SwarmExecutor> swarm, List<String> keys) throws IOException {
        String reached = listen(opened, address, configuration.value(Settings.PEER_PORT), answers);
        String cluster = Keys.peerHost(configuration.value(Settings.SWARM_NAME));
        Supplier<List<String>> told = () -> {
            boolean serves = swarm.filter(executor -> executor.availability().available()).isPresent();
            return serves ? Stream.concat(keys.stream(), Stream.of(cluster)).toList() : keys;
        };
        opened.own(new Registration(store, told, new Listed(reached, member))).start();
        LOG.info("answering peers address={}", reached);
    }

    /** Answers for a host that has no agent of its own, on any free port of this machine. */
    void answerFor(Opened opened, String host, String address, Answers answers) throws IOException {
        String reached = listen(opened, address, 0, answers);
        opened.own(new Registration(store, () -> List.of(Keys.peerHost(host)), new Listed(reached, member))).start();
        LOG.info("answering peers for host={} address={}", host, reached);
    }

    /** Where others reach it. */
    private String listen(Opened opened, String address, int port, Answers answers) throws IOException {
        PeerListener listener = opened.own(PeerListener.start(configuration.value(Settings.BIND), port, trust, answers));
        String reached = (InetAddress.getByName(address).getAddress().length > 4 ? "[" + address + "]" : address) + ":" + listener.port();
        addresses.add(reached);
        return reached;
    }
}
