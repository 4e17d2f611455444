package concierge.security;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Trusts members of one installation, and nobody else. Names and addresses play no part: who a member is stands in its
 * subject, wherever it is reached. Thread-safe.
 */
final class PeerTrust extends X509ExtendedTrustManager {
    private final Authority authority;
    private final String installation;
    private final Optional<String> host;

    /** @param host whose member it must be; empty: any */
    PeerTrust(Authority authority, String installation, Optional<String> host) {
        this.authority = authority;
        this.installation = installation;
        this.host = host;
    }

    private void check(X509Certificate @Nullable [] chain) throws CertificateException {
        List<X509Certificate> shown = chain == null ? List.of() : List.of(chain);
        Chain.verify(shown, authority.certificate(), authority.now());
        Member member = Member.of(shown.getFirst()).filter(it -> it.installation().equals(installation)).orElseThrow(() -> other(
                shown.getFirst().getSubjectX500Principal().getName(), "a server or an agent of the installation " + installation));
        if (host.isPresent() && !host.get().equals(member.host())) throw other("of the host " + member.host(), "of " + host.get());
    }

    private static Chain.UntrustedException other(String found, String expected) {
        return new Chain.UntrustedException(Chain.UntrustedException.Kind.other, "certificate: " + found + " (expected: " + expected + ")");
    }

    @Override
    public void checkClientTrusted(X509Certificate @Nullable [] chain, @Nullable String type) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate @Nullable [] chain, @Nullable String type) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate @Nullable [] chain, @Nullable String type, @Nullable Socket socket) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate @Nullable [] chain, @Nullable String type, @Nullable Socket socket) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate @Nullable [] chain, @Nullable String type, @Nullable SSLEngine engine) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate @Nullable [] chain, @Nullable String type, @Nullable SSLEngine engine) throws CertificateException {
        check(chain);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[] {authority.certificate()};
    }
}
