package concierge;

import concierge.agent.AgentIdentity;
import concierge.config.Configuration;
import concierge.config.Settings;
import concierge.model.Secret;
import concierge.state.Installation;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.etcd.EtcdSettings;
import concierge.store.etcd.EtcdStore;
import concierge.store.sqlite.SqliteStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Opens the store that the configuration, or a person, names. */
final class Stores {
    /** The file in the home, as people name it. */
    static final String EMBEDDED = "embedded";

    private Stores() {}

    /**
     * For a server: not a fresh one in etcd while the home holds a state, whose instances nobody would know any more.
     *
     * @throws StoreException as {@link #open}
     */
    static Store serve(Configuration configuration) throws IOException {
        if (configuration.value(Settings.STORE_URL).isEmpty()) return serveFile(configuration);
        Store store = open(configuration);
        try {
            Path file = file(configuration);
            if (Installation.find(store).isEmpty() && Files.exists(file)) {
                String url = configuration.value(Settings.STORE_URL);
                throw new StoreException(url + ": empty, but this home holds a state, " + file + " (expected: concierge store copy " + EMBEDDED + " " + url
                        + "; or move the file away to begin anew)");
            }
            return store;
        } catch (RuntimeException e) {
            store.close();
            throw e;
        }
    }

    private static Store serveFile(Configuration configuration) throws IOException {
        String home = AgentIdentity.number(configuration.home().path());
        return SqliteStore.open(file(configuration), find -> {
            Installation.requireFormat(find);
            Installation.requireHome(find, home);
        });
    }

    /** The installation's id; a store in a file is this home's from now on. */
    static String installation(Configuration configuration, Store store) throws IOException {
        String installation = Installation.ensure(store);
        Path home = configuration.home().path();
        if (configuration.value(Settings.STORE_URL).isEmpty()) Installation.settle(store, AgentIdentity.number(home), home.toString());
        return installation;
    }

    private static Path file(Configuration configuration) {
        return configuration.home().path().resolve("state.db");
    }

    /** @throws StoreException when it cannot be opened, or holds a newer format */
    static Store open(Configuration configuration) {
        String url = configuration.value(Settings.STORE_URL);
        return open(configuration, url.isEmpty() ? EMBEDDED : url);
    }

    /** @param address {@code embedded}, or etcd's; user and certificates are the configuration's */
    static Store open(Configuration configuration, String address) {
        if (address.equals(EMBEDDED)) return SqliteStore.open(file(configuration), Installation::requireFormat);
        if (!EtcdSettings.isEtcd(address)) {
            throw new StoreException("store: " + address + " (expected: " + EMBEDDED + ", or etcd://host:2379,host2:2379/prefix, or etcds:// with TLS)");
        }
        EtcdSettings settings = EtcdSettings.at(address)
                .withCertificates(file(configuration.value(Settings.STORE_CA)), file(configuration.value(Settings.STORE_CERTIFICATE)), file(configuration.value(Settings.STORE_KEY)))
                .withUser(configuration.value(Settings.STORE_USER), Secret.of(configuration.value(Settings.STORE_PASSWORD)))
                .withHistory(configuration.value(Settings.STORE_COMPACT) ? EtcdSettings.HISTORY : 0);
        return EtcdStore.open(settings, Installation::requireFormat);
    }

    private static Optional<Path> file(String path) {
        return path.isEmpty() ? Optional.empty() : Optional.of(Path.of(path));
    }
}
