package concierge;

import concierge.agent.Machine;
import concierge.config.Configuration;
import concierge.config.Settings;
import concierge.security.Authority;
import concierge.security.Identity;
import concierge.security.InstallationKey;
import concierge.security.Member;
import concierge.security.SecretKey;
import concierge.store.Store;
import java.io.IOException;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes this process a member of its installation: one that others can tell, and that can tell others. */
final class Membership {
    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
    private static final String ANY = "0.0.0.0";

    private final Configuration configuration;
    private final Store store;
    private final String installation;
    private final InstantSource clock;

    Membership(Configuration configuration, Store store, String installation, InstantSource clock) {
        this.configuration = configuration;
        this.store = store;
        this.installation = installation;
        this.clock = clock;
    }

    /** As {@link #join}; empty, and told in the log, where this home cannot: everything that needs no other member works. */
    Optional<Identity> joinIfPossible(Member.Role role) {
        try {
            return Optional.of(join(role));
        } catch (IOException e) {
            LOG.warn("not a member of the installation, so other servers and agents cannot be asked: {}", e.getMessage());
            return Optional.empty();
        }
    }

    /** @throws IOException when this home has not the installation's key; the message says where to get it */
    Identity join(Member.Role role) throws IOException {
        InstallationKey own = new InstallationKey(store, configuration.home().secretsKey());
        // Servers begin an installation; who joins one needs what it has.
        SecretKey key = role == Member.Role.server ? own.ensure() : own.require();
        Authority authority = Authority.ensure(store, key, installation, clock);
        return Identity.open(configuration.home().tls(), authority, new Member(installation, role, LocalHost.name(configuration)), names());
    }

    /** Under which this machine may be reached. */
    private Set<String> names() throws IOException {
        Set<String> names = new HashSet<>(List.of("localhost", "127.0.0.1", "::1"));
        names.addAll(Machine.addresses(ANY, configuration.value(Settings.HOST_ADDRESSES)));
        names.addAll(configuration.value(Settings.HOST_ADDRESSES));
        names.addAll(configuration.value(Settings.API_NAMES));
        names.add(configuration.value(Settings.API_HOST));
        names.add(configuration.value(Settings.BIND));
        names.removeIf(name -> name.equals(ANY) || name.equals("::"));
        return names;
    }
}
