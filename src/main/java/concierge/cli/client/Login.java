package concierge.cli.client;

import concierge.json.JsonTree;
import concierge.security.Chain;
import concierge.security.Pem;
import java.io.IOException;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/** The first meeting with an installation elsewhere: who is it, and does it take our token? */
public final class Login {
    private static final int PORT = 8791;

    private final URI url;

    /** @param address {@code https://host:8791}; scheme and port may be left out */
    public Login(String address) {
        try {
            URI given = URI.create(address.contains("://") ? address : "https://" + address);
            if (!"https".equals(given.getScheme()) || given.getHost() == null) throw new IllegalArgumentException(address);
            url = URI.create("https://" + given.getHost() + ":" + (given.getPort() < 0 ? PORT : given.getPort()));
        } catch (IllegalArgumentException e) {
            throw new Failure(Exit.USAGE, address + ": no address of a server (expected: https://HOST:" + PORT + ")", "concierge server status there shows it as network");
        }
    }

    public URI url() {
        return url;
    }

    /** What the server shows, its own certificate first. */
    public List<X509Certificate> look() {
        try {
            return Tls.look(url);
        } catch (IOException e) {
            throw new Failure(Exit.UNREACHABLE, url + " does not answer: " + e.getMessage(), "is the server up there, with api.host set to an address that reaches here?");
        }
    }

    /** Whether this machine trusts the server by itself, as browsers do. */
    public boolean isTrusted() {
        try (Http.Response pong = new Http(url, Optional.of(Tls.trusting(""))).send("GET", "/v1/ping", java.util.Map.of(), Http.Body.of(""), Servers.PING)) {
            return pong.status() == 200;
        } catch (Failure | IOException e) {
            return false;
        }
    }

    /** The certificate of that fingerprint. */
    public X509Certificate named(String fingerprint, List<X509Certificate> shown) {
        for (X509Certificate certificate : shown) if (Chain.isFingerprint(fingerprint, certificate)) return certificate;
        throw new Failure(Exit.REFUSED, url + ": its certificates have the fingerprints " + String.join(", ", shown.stream().map(Chain::fingerprint).toList())
                + " (expected: " + fingerprint.strip() + ")", "compare with what concierge token create printed; if that is another, somebody may stand between");
    }

    /** The one that vouches for the others. */
    public static X509Certificate voucher(List<X509Certificate> shown) {
        return shown.getLast();
    }

    public static String fingerprint(X509Certificate certificate) {
        return Chain.fingerprint(certificate);
    }

    /** Asks with the token. @param anchor empty: what this machine trusts */
    public Contexts.Entry enter(String name, Optional<X509Certificate> anchor, String token) {
        Contexts.Entry entry = new Contexts.Entry(name, url, token, anchor.map(Pem::write).orElse(""), "");
        JsonTree version = new Api(entry).read("/v1/version");
        return new Contexts.Entry(name, url, token, entry.certificate(), version.path("installation").asString(""));
    }
}
