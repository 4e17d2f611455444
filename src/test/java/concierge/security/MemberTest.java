package concierge.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.security.Chain.UntrustedException;
import concierge.security.Chain.UntrustedException.Kind;
import concierge.state.Keys;
import concierge.store.memory.MemoryStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who belongs to an installation: its authority, what it issues, and who is let in by it. */
class MemberTest {
    private static final String INSTALLATION = "11111111-2222-3333-4444-555555555555";
    private static final Member ONE = new Member(INSTALLATION, Member.Role.server, "one");
    private static final Member TWO = new Member(INSTALLATION, Member.Role.agent, "two");
    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "::1", "localhost", "no address", "300.1.1.1");

    private final MemoryStore store = new MemoryStore(Instant::now);
    private Instant now = Instant.parse("2026-03-01T12:00:00Z");

    @TempDir
    Path home;

    @AfterEach
    void close() {
        store.close();
    }

    private Authority authority() throws IOException {
        return Authority.ensure(store, SecretKey.open(home.resolve("secrets.key")), INSTALLATION, () -> now);
    }

    private Identity identity(Member member) throws IOException {
        return Identity.open(home.resolve(member.host()), authority(), member, LOOPBACK);
    }

    @Test
    void theAuthorityIsMadeOnceAndItsPrivateKeyIsSealed() throws IOException {
        String first = authority().fingerprint();

        assertThat(authority().fingerprint()).isEqualTo(first).matches("sha256:[0-9a-f]{64}");
        assertThat(store.find(Keys.AUTHORITY).orElseThrow().value().text()).contains("BEGIN CERTIFICATE").doesNotContain("PRIVATE");
    }

    @Test
    void ofTwoThatMakeAnAuthorityAtOnceBothEndWithTheSame() throws Exception {
        SecretKey key = SecretKey.open(home.resolve("secrets.key"));
        try (var threads = Executors.newFixedThreadPool(8)) {
            Callable<String> making = () -> Authority.ensure(store, key, INSTALLATION, () -> now).fingerprint();
            List<String> fingerprints = threads.invokeAll(Collections.nCopies(8, making)).stream().map(Future::resultNow).distinct().toList();
            assertThat(fingerprints).hasSize(1);
        }
    }

    @Test
    void anotherInstallationsKeyIsRecognised() throws IOException {
        authority();
        SecretKey other = SecretKey.open(home.resolve("other.key"));

        assertThatThrownBy(() -> Authority.find(store, other, () -> now)).hasMessageContaining(other.id()).hasMessageContaining("expected: ");
        assertThatThrownBy(() -> new InstallationKey(store, home.resolve("other.key")).ensure())
                .hasMessageContaining("other.key: the key " + other.id() + " of another installation (expected: ");
        assertThatThrownBy(() -> new InstallationKey(store, home.resolve("none.key")).ensure())
                .hasMessageContaining("none.key: not there (expected: the installation's key ").hasMessageContaining("copy secrets.key");
        assertThat(home.resolve("none.key")).doesNotExist();
    }

    @Test
    void theKeyIsBroughtOnceForItsOwnerAlone() throws IOException {
        SecretKey key = SecretKey.open(home.resolve("secrets.key"));
        Path into = home.resolve("agent/secrets.key");

        InstallationKey.bring(home.resolve("secrets.key"), into);
        InstallationKey.bring(home.resolve("secrets.key"), into);

        assertThat(SecretKey.read(into).orElseThrow().id()).isEqualTo(key.id());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(into))).isEqualTo("rw-------");
        SecretKey.open(home.resolve("other.key"));
        assertThatThrownBy(() -> InstallationKey.bring(home.resolve("other.key"), into)).hasMessageContaining("is here already (expected: none, or ");
        assertThatThrownBy(() -> InstallationKey.bring(home.resolve("nowhere"), into)).hasMessageContaining("nowhere: not there");
        Files.setPosixFilePermissions(home.resolve("other.key"), PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> InstallationKey.bring(home.resolve("other.key"), home.resolve("x"))).hasMessageContaining("others may have read it");
    }

    @Test
    void aCertificateSaysWhoItsOwnerIsAndWhereItIsReached() throws Exception {
        X509Certificate own = identity(TWO).certificate();

        assertThat(Member.of(own)).contains(TWO);
        assertThat(Authority.names(own)).contains("two", INSTALLATION, "127.0.0.1", "0:0:0:0:0:0:0:1", "localhost").doesNotContain("no address");
        assertThat(own.getExtendedKeyUsage()).hasSize(2);
        assertThat(own.getBasicConstraints()).isNegative();
        assertThat(Member.of(authority().certificate())).isEmpty();
        Chain.verify(List.of(own), authority().certificate(), now);
        assertThat(Files.getPosixFilePermissions(home.resolve("two/identity.pem"))).hasToString("[OWNER_READ, OWNER_WRITE]");
    }

    @Test
    void aHostThatIsCalledByANumberHasItForAName() throws IOException {
        Member answer = new Member(INSTALLATION, Member.Role.agent, "42");
        assertThat(Authority.names(identity(answer).certificate())).contains("42", "127.0.0.1");
    }

    @Test
    void aCertificateIsKeptAndRenewedAtHalfOfItsLife() throws IOException {
        Identity first = identity(ONE);
        X509Certificate own = first.certificate();
        assertThat(identity(ONE).certificate()).isEqualTo(own);

        now = now.plus(Duration.ofDays(8));
        assertThat(first.certificate()).isNotEqualTo(own);
        assertThat(identity(ONE).certificate()).isEqualTo(first.certificate());
    }

    @Test
    void aCertificateOfAnotherHostOrWithOtherNamesIsNotTakenOver() throws IOException {
        Path folder = home.resolve("shared");
        X509Certificate one = Identity.open(folder, authority(), ONE, LOOPBACK).certificate();
        X509Certificate two = Identity.open(folder, authority(), TWO, LOOPBACK).certificate();
        X509Certificate named = Identity.open(folder, authority(), TWO, Set.of("10.1.2.3")).certificate();

        assertThat(Set.of(one, two, named)).hasSize(3);
        assertThat(Authority.names(named)).contains("10.1.2.3");
    }

    @Test
    void membersTellEachOtherAtTheHandshake() throws Exception {
        Identity one = identity(ONE);
        Identity two = identity(TWO);

        Met met = meet(one.context(one.peers()), two.context(two.peer("one")));

        assertThat(met.byServer()).isEqualTo(TWO);
        assertThat(met.byClient()).isEqualTo(ONE);
    }

    @Test
    void aRenewedCertificateIsShownAtTheNextHandshake() throws Exception {
        Identity one = identity(ONE);
        Identity two = identity(TWO);
        SSLContext server = one.context(one.peers());
        SSLContext client = two.context(two.peers());
        meet(server, client);

        now = now.plus(Duration.ofDays(20));

        assertThat(meet(server, client).byClient()).isEqualTo(ONE);
    }

    @Test
    void anotherHostIsNotTakenForTheOneThatWasAskedFor() throws Exception {
        Identity one = identity(ONE);
        Identity two = identity(TWO);

        assertThatThrownBy(() -> meet(one.context(one.peers()), two.context(two.peer("three"))))
                .hasRootCauseInstanceOf(UntrustedException.class)
                .rootCause().hasMessage("certificate: of the host one (expected: of three)");
    }

    @Test
    void whoHasNoCertificateOrOneOfAnotherAuthorityIsNotLetIn() throws Exception {
        Identity one = identity(ONE);
        try (MemoryStore elsewhere = new MemoryStore(Instant::now)) {
            Authority other = Authority.ensure(elsewhere, SecretKey.open(home.resolve("other.key")), INSTALLATION, () -> now);
            Identity stranger = Identity.open(home.resolve("stranger"), other, TWO, LOOPBACK);

            assertThatThrownBy(() -> meet(one.context(one.peers()), stranger.context(one.peers()))).hasStackTraceContaining("UntrustedException: certificate: CN=two,OU=agent");
        }
        SSLContext nameless = SSLContext.getInstance("TLS");
        nameless.init(null, new X509ExtendedTrustManager[] {one.peers()}, null);
        assertThatThrownBy(() -> meet(one.context(one.peers()), nameless)).hasRootCauseInstanceOf(SSLException.class);
    }

    @Test
    void aCertificateWhoseTimeIsOverOrHasNotBegunIsRefused() throws IOException {
        X509Certificate own = identity(ONE).certificate();
        X509Certificate trusted = authority().certificate();

        assertThatThrownBy(() -> Chain.verify(List.of(own), trusted, now.plus(Duration.ofDays(15))))
                .satisfies(e -> assertThat(((UntrustedException) e).kind()).isEqualTo(Kind.ended))
                .hasMessageContaining("ended at 2026-03-15T12:00:00Z (expected: one that holds now, at 2026-03-16T12:00:00Z)");
        assertThatThrownBy(() -> Chain.verify(List.of(own), trusted, now.minus(Duration.ofDays(1))))
                .satisfies(e -> assertThat(((UntrustedException) e).kind()).isEqualTo(Kind.early))
                .hasMessageContaining("is a clock wrong?");
        // Clocks that differ by minutes harm nobody.
        assertThat(Optional.of(own)).hasValueSatisfying(it -> org.assertj.core.api.Assertions.assertThatCode(
                () -> Chain.verify(List.of(it), trusted, now.minus(Duration.ofMinutes(30)))).doesNotThrowAnyException());
    }

    @Test
    void fingerprintsAreComparedAsPeopleCopyThem() throws IOException {
        X509Certificate own = authority().certificate();
        String digits = Chain.fingerprint(own).substring("sha256:".length());
        String colons = digits.toUpperCase(java.util.Locale.ROOT).replaceAll("(..)(?!$)", "$1:");

        assertThat(Chain.isFingerprint(Chain.fingerprint(own), own)).isTrue();
        assertThat(Chain.isFingerprint("sha256 Fingerprint=" + colons, own)).isTrue();
        assertThat(Chain.isFingerprint(" " + digits + "\n", own)).isTrue();
        assertThat(Chain.isFingerprint(digits.substring(2) + "00", own)).isFalse();
        assertThat(Chain.isFingerprint("", own)).isFalse();
    }

    private record Met(Member byServer, Member byClient) {}

    /** A handshake and a byte over real sockets. */
    private static Met meet(SSLContext server, SSLContext client) throws Exception {
        try (SSLServerSocket listening = (SSLServerSocket) server.getServerSocketFactory().createServerSocket()) {
            listening.setNeedClientAuth(true);
            listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            CompletableFuture<Member> accepted = CompletableFuture.supplyAsync(() -> {
                try (SSLSocket socket = (SSLSocket) listening.accept()) {
                    socket.setSoTimeout(10_000);
                    socket.startHandshake();
                    socket.getOutputStream().write("x".getBytes(StandardCharsets.US_ASCII));
                    socket.getOutputStream().flush();
                    socket.getInputStream().read();
                    return Identity.peerOf(socket.getSession());
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            Member seen;
            try (SSLSocket socket = (SSLSocket) client.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), listening.getLocalPort())) {
                socket.setSoTimeout(10_000);
                socket.startHandshake();
                assertThat(socket.getInputStream().transferTo(new ByteArrayOutputStream() {
                    @Override
                    public void write(byte[] bytes, int from, int count) {
                        try {
                            socket.shutdownOutput();
                        } catch (IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    }
                })).isEqualTo(1);
                seen = Identity.peerOf(socket.getSession());
            } catch (IOException e) {
                if (e.getCause() instanceof UntrustedException) throw e;
                // With TLS 1.3 a client is done before the server has looked at it: the server knows why.
                accepted.get();
                throw e;
            }
            return new Met(accepted.get(), seen);
        }
    }
}
