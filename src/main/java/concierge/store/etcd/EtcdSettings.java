package concierge.store.etcd;

import concierge.model.Secret;
import concierge.store.StoreException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where etcd is, and who asks.
 *
 * @param endpoints {@code host:port} of its members; each is spoken to by the name it is given
 * @param prefix under which everything stands; empty: the root. Two stores are apart when neither's prefix
 *     begins the other's
 * @param authority certificates that the members' are signed by; empty: those that Java trusts
 * @param certificate the client's own chain, with its key in PKCS#8
 * @param user empty: nobody, or whom the certificate names
 * @param patience how long a call is tried before it fails
 * @param history revisions that are kept; 0: etcd is shared, and whoever owns it compacts it
 */
public record EtcdSettings(
        List<String> endpoints,
        String prefix,
        boolean tls,
        Optional<Path> authority,
        Optional<Path> certificate,
        Optional<Path> key,
        String user,
        Secret password,
        Duration patience,
        int history) {
    /** Longer than etcd takes to elect a leader (1 to 2 s) with a busy machine on top; people wait for it. */
    public static final Duration PATIENCE = Duration.ofSeconds(10);

    /** As the embedded store: minutes of a busy installation. */
    public static final int HISTORY = 10_000;

    private static final int PORT = 2379;
    private static final String PLAIN = "etcd://";
    private static final String TLS = "etcds://";

    public EtcdSettings {
        endpoints = List.copyOf(endpoints);
        if (certificate.isPresent() != key.isPresent()) {
            throw new StoreException("store: a certificate " + (key.isPresent() ? "is missing for the key" : "without its key") + " (expected: both, or neither)");
        }
        if (!tls && (authority.isPresent() || certificate.isPresent())) {
            throw new StoreException("store: certificates, but a connection without TLS (expected: " + TLS + "…)");
        }
        if (user.isEmpty() != (password.reveal().length == 0)) {
            throw new StoreException("store: a " + (user.isEmpty() ? "password without a user" : "user without a password") + " (expected: both, or neither)");
        }
    }

    /** Whether an address names etcd. */
    public static boolean isEtcd(String address) {
        return address.startsWith(PLAIN) || address.startsWith(TLS);
    }

    /**
     * Reads {@code etcd://host:2379,host2:2379/prefix}, {@code etcds://} for TLS. The port may be left out.
     *
     * @throws StoreException naming what is wrong with it
     */
    public static EtcdSettings at(String address) {
        boolean tls = address.startsWith(TLS);
        if (!isEtcd(address)) throw wrong(address, "another kind of address");
        String rest = address.substring((tls ? TLS : PLAIN).length());
        int slash = rest.indexOf('/');
        String hosts = slash < 0 ? rest : rest.substring(0, slash);
        String prefix = slash < 0 ? "" : rest.substring(slash).replaceFirst("/+$", "");
        if (hosts.contains("@")) throw wrong(address.replaceFirst("//.*@", "//…@"), "a user in the address");
        List<String> endpoints = new ArrayList<>();
        for (String host : hosts.split(",", -1)) endpoints.add(endpoint(address, host));
        return new EtcdSettings(
                endpoints, prefix, tls, Optional.empty(), Optional.empty(), Optional.empty(), "", Secret.of(""), PATIENCE, HISTORY);
    }

    private static String endpoint(String address, String host) {
        boolean port = host.matches(".*[^:]:[0-9]{1,5}") || host.matches("\\[.*]:[0-9]{1,5}");
        String name = port ? host.substring(0, host.lastIndexOf(':')) : host;
        if (!name.matches("[A-Za-z0-9._-]+|\\[[0-9a-fA-F:.]+]")) throw wrong(address, "the host '" + name + "'");
        int number = port ? Integer.parseInt(host.substring(host.lastIndexOf(':') + 1)) : PORT;
        if (number < 1 || number > 65_535) throw wrong(address, "the port " + number);
        return name + ":" + number;
    }

    private static StoreException wrong(String address, String what) {
        return new StoreException("store: " + address + ": " + what + " (expected: etcd://host:2379,host2:2379/prefix, or etcds:// with TLS)");
    }

    public EtcdSettings withCertificates(Optional<Path> authority, Optional<Path> certificate, Optional<Path> key) {
        return new EtcdSettings(endpoints, prefix, tls, authority, certificate, key, user, password, patience, history);
    }

    public EtcdSettings withUser(String user, Secret password) {
        return new EtcdSettings(endpoints, prefix, tls, authority, certificate, key, user, password, patience, history);
    }

    public EtcdSettings withPatience(Duration patience) {
        return new EtcdSettings(endpoints, prefix, tls, authority, certificate, key, user, password, patience, history);
    }

    public EtcdSettings withHistory(int history) {
        return new EtcdSettings(endpoints, prefix, tls, authority, certificate, key, user, password, patience, history);
    }

    /** For messages: without anything secret. */
    @Override
    public String toString() {
        return (tls ? TLS : PLAIN) + String.join(",", endpoints) + prefix;
    }
}
