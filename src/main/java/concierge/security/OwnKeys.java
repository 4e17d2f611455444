package concierge.security;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * What we show at a handshake, asked for at each of them: one that was renewed meanwhile needs no restart and disturbs
 * no connection. Thread-safe.
 */
final class OwnKeys extends X509ExtendedKeyManager {
    private final Supplier<Shown> current;
    private volatile Shown previous;
    private volatile Shown last;

    /** @param chain our own certificate first */
    record Shown(List<X509Certificate> chain, PrivateKey key) {
        Shown {
            chain = List.copyOf(chain);
        }

        String alias() {
            return chain.getFirst().getSerialNumber().toString(16);
        }
    }

    OwnKeys(Supplier<Shown> current) {
        this.current = current;
        this.last = current.get();
        this.previous = last;
    }

    private @Nullable String choose(String... types) {
        Shown now = current.get();
        // A handshake asks three times; between, a newer one may have come, so the one before stays known.
        synchronized (this) {
            if (!now.alias().equals(last.alias())) {
                previous = last;
                last = now;
            }
        }
        String algorithm = now.key().getAlgorithm();
        for (String type : types) {
            // Names of TLS 1.2 as well: EC_EC, EC_RSA.
            if (type.equals(algorithm) || type.startsWith(algorithm + "_")) return now.alias();
        }
        return null;
    }

    private @Nullable Shown named(@Nullable String alias) {
        if (last.alias().equals(alias)) return last;
        return previous.alias().equals(alias) ? previous : null;
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(@Nullable String alias) {
        Shown found = named(alias);
        return found == null ? null : found.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(@Nullable String alias) {
        Shown found = named(alias);
        return found == null ? null : found.key();
    }

    @Override
    public @Nullable String chooseEngineServerAlias(String type, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return choose(type);
    }

    @Override
    public @Nullable String chooseEngineClientAlias(String[] types, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return choose(types);
    }

    @Override
    public @Nullable String chooseServerAlias(String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return choose(type);
    }

    @Override
    public @Nullable String chooseClientAlias(String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return choose(types);
    }

    @Override
    public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
        String alias = choose(type);
        return alias == null ? null : new String[] {alias};
    }

    @Override
    public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
        return getServerAliases(type, issuers);
    }
}
