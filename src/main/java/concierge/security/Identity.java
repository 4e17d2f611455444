package concierge.security;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Who this process is to the other members of its installation: a certificate that the {@link Authority} issued, for
 * both ends of a connection, kept in {@code tls/identity.pem} of the home and renewed at half of its life, at the
 * handshake that comes first after it. Thread-safe.
 *
 * <p>With Vert.x: {@code KeyCertOptions.wrap(identity.keys())}, {@code TrustOptions.wrap(identity.peers())}, client
 * authentication {@code REQUIRED} and no verification of host names, which {@link #peer} replaces.
 */
public final class Identity implements ServerCertificate {
    /** A store or a clock may be wrong for days before a certificate that was to be renewed ends. */
    private static final Duration RENEWED_BEFORE = Authority.LEAF_LIFE.dividedBy(2);

    private final Path file;
    private final Authority authority;
    private final Member member;
    private final Set<String> names;
    private OwnKeys.Shown shown;

    private Identity(Path file, Authority authority, Member member, Set<String> names, OwnKeys.Shown shown) {
        this.file = file;
        this.authority = authority;
        this.member = member;
        this.names = names;
        this.shown = shown;
    }

    /**
     * What the home has, or a new one where that has none, is about to end, or was another's.
     *
     * @param folder {@code tls} of the home; made if need be
     * @param names addresses and DNS names under which this process is reached
     */
    public static Identity open(Path folder, Authority authority, Member member, Set<String> names) throws IOException {
        Files.createDirectories(folder, PrivateFile.OWNER_FOLDER);
        replace(folder.resolve("ca.pem"), Pem.write(authority.certificate()));
        Path file = folder.resolve("identity.pem");
        Optional<OwnKeys.Shown> kept = read(file, authority, member, names);
        return new Identity(file, authority, member, Set.copyOf(names), kept.isPresent() ? kept.get() : issue(file, authority, member, names));
    }

    /** Empty unless it is one that would be issued so now. */
    private static Optional<OwnKeys.Shown> read(Path file, Authority authority, Member member, Set<String> names) {
        try {
            String text = Files.readString(file, StandardCharsets.US_ASCII);
            OwnKeys.Shown kept = new OwnKeys.Shown(Pem.certificates(text), Pem.key(text));
            X509Certificate own = kept.chain().getFirst();
            Chain.verify(kept.chain(), authority.certificate(), authority.now());
            boolean same = Member.of(own).equals(Optional.of(member)) && Authority.names(own).equals(Authority.names(member, names));
            return same && !isOld(own, authority.now()) ? Optional.of(kept) : Optional.empty();
        } catch (IOException | Chain.UntrustedException e) {
            return Optional.empty(); // absent, half written or of another time: a new one is as good
        }
    }

    private static boolean isOld(X509Certificate own, Instant now) {
        return now.isAfter(own.getNotAfter().toInstant().minus(RENEWED_BEFORE));
    }

    private static OwnKeys.Shown issue(Path file, Authority authority, Member member, Set<String> names) throws IOException {
        Authority.Issued issued = authority.issue(member, names);
        // With the authority's certificate, so that who sees it for the first time can compare its fingerprint.
        replace(file, Pem.write(issued.certificate()) + Pem.write(authority.certificate()) + Pem.write(issued.key()));
        return new OwnKeys.Shown(List.of(issued.certificate(), authority.certificate()), issued.key());
    }

    private static void replace(Path file, String text) throws IOException {
        Path temporary = PrivateFile.temporary(file);
        Files.writeString(temporary, text);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private synchronized OwnKeys.Shown current() {
        if (isOld(shown.chain().getFirst(), authority.now())) {
            try {
                shown = issue(file, authority, member, names);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot keep the renewed certificate in " + file, e);
            }
        }
        return shown;
    }

    public Member member() {
        return member;
    }

    public Authority authority() {
        return authority;
    }

    /** Its own certificate, as of now. */
    public X509Certificate certificate() {
        return current().chain().getFirst();
    }

    @Override
    public List<X509Certificate> chain() {
        return current().chain();
    }

    @Override
    public X509ExtendedKeyManager keys() {
        return new OwnKeys(this::current);
    }

    /** Trusts every member of the installation. */
    public X509ExtendedTrustManager peers() {
        return new PeerTrust(authority, member.installation(), Optional.empty());
    }

    /** Trusts the members on one host. */
    public X509ExtendedTrustManager peer(String host) {
        return new PeerTrust(authority, member.installation(), Optional.of(host));
    }

    /** For what takes neither: both in one. */
    public SSLContext context(X509ExtendedTrustManager trust) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {keys()}, new TrustManager[] {trust}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every Java platform has TLS", e);
        }
    }

    /** Who is at the other end of a connection whose handshake {@link #peers} let pass. */
    public static Member peerOf(SSLSession session) throws SSLPeerUnverifiedException {
        Certificate[] chain = session.getPeerCertificates();
        return Optional.of(chain[0])
                .filter(X509Certificate.class::isInstance)
                .map(X509Certificate.class::cast)
                .flatMap(Member::of)
                .orElseThrow(() -> new SSLPeerUnverifiedException("the peer showed no member's certificate"));
    }
}
