package concierge.cli.client;

import concierge.model.Problem;
import concierge.security.Authority;
import concierge.security.Chain;
import concierge.security.Pem;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** TLS to a server elsewhere; loaded for those alone. What is wrong with its certificate is told in our words. */
final class Tls {
    private static final int CONNECT_MILLIS = 10_000;

    private final SSLContext context;
    private final Optional<X509Certificate> anchor;

    private Tls(Optional<X509Certificate> anchor, TrustManager @Nullable [] trust) {
        this.anchor = anchor;
        try {
            context = SSLContext.getInstance("TLS");
            context.init(null, trust, new SecureRandom());
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every Java platform has TLS", e);
        }
    }

    /** Trusts what was pinned at the login; empty: what this machine trusts anyway. */
    static Tls trusting(String certificate) {
        if (certificate.isEmpty()) return new Tls(Optional.empty(), null);
        try {
            X509Certificate anchor = Pem.certificates(certificate).getFirst();
            return new Tls(Optional.of(anchor), new TrustManager[] {new Pinned(anchor)});
        } catch (IOException e) {
            throw new Failure(Exit.FAILED, "the certificate of this context cannot be read: " + e.getMessage(), "concierge login again");
        }
    }

    /** What a server shows, whoever it is; nothing is sent to it. */
    static List<X509Certificate> look(URI url) throws IOException {
        List<X509Certificate> shown = new ArrayList<>();
        Tls blind = new Tls(Optional.empty(), new TrustManager[] {new Pinned(null)});
        try (Socket plain = new Socket()) {
            plain.connect(new InetSocketAddress(host(url), url.getPort()), CONNECT_MILLIS);
            plain.setSoTimeout(CONNECT_MILLIS);
            try (SSLSocket socket = (SSLSocket) blind.context.getSocketFactory().createSocket(plain, host(url), url.getPort(), true)) {
                socket.startHandshake();
                for (Certificate certificate : socket.getSession().getPeerCertificates()) {
                    if (certificate instanceof X509Certificate one) shown.add(one);
                }
            }
        }
        return shown;
    }

    private static String host(URI url) {
        return url.getHost().replaceAll("^\\[|]$", "");
    }

    /**
     * Makes a connection secure.
     *
     * @throws Failure when the server is not the one that it should be, saying what was found and what to do
     */
    Socket secure(Socket plain, String host, int port) throws IOException {
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, host, port, true);
        SSLParameters parameters = socket.getSSLParameters();
        // The host's name or address has to stand in the certificate (RFC 9110, 4.3.4).
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        try {
            socket.startHandshake();
            return socket;
        } catch (SSLException e) {
            socket.close();
            throw failure(e, host, port);
        }
    }

    private Failure failure(SSLException e, String host, int port) {
        String server = "https://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        Failure failure = new Failure(Exit.REFUSED, List.of(problem(e, server, host)));
        failure.initCause(e);
        return failure;
    }

    private Problem problem(SSLException e, String server, String host) {
        Optional<Chain.UntrustedException> untrusted = cause(e, Chain.UntrustedException.class);
        if (untrusted.isPresent()) {
            String told = server + ": " + untrusted.get().getMessage();
            return switch (untrusted.get().kind()) {
                case ended -> Problem.of("certificate-ended", told, "have it renewed there; if it is not over, a clock is wrong");
                case early -> Problem.of("certificate-early", told, "compare the clocks of both machines");
                case foreign, other -> Problem.of("certificate-foreign", told,
                        "was the installation made anew? then concierge login " + server + " again; if not, somebody may stand between");
            };
        }
        Optional<CertificateException> certificate = cause(e, CertificateException.class);
        String text = certificate.map(it -> String.valueOf(it.getMessage())).orElse("");
        if (text.contains("No name matching") || text.contains("No subject alternative")) {
            return Problem.of("certificate-name", server + ": its certificate is for " + names(server) + " (expected: " + host + ")",
                    "ask it by one of those, or name " + host + " there in api.names");
        }
        if (certificate.isPresent() && anchor.isEmpty()) {
            return Problem.of("certificate-foreign", server + ": its certificate is signed by nobody whom this machine trusts (" + text + ")",
                    "concierge login " + server + " shows its fingerprint");
        }
        return Problem.of("no-tls", server + ": no secure connection: " + e.getMessage(), "does a server of concierge listen there, with api.host set?");
    }

    private static String names(String server) {
        try {
            List<X509Certificate> shown = look(URI.create(server));
            return shown.isEmpty() ? "nobody" : String.join(", ", Authority.names(shown.getFirst()));
        } catch (IOException _) {
            return "others";
        }
    }

    private static <T extends Throwable> Optional<T> cause(Throwable failure, Class<T> type) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) return Optional.of(type.cast(cause));
        }
        return Optional.empty();
    }

    /** The platform adds the comparison of names to a manager of this kind. */
    private record Pinned(@Nullable X509Certificate anchor) implements X509TrustManager {
        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            if (anchor != null) Chain.verify(List.of(chain), anchor, Instant.now());
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateException("this is a client");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
