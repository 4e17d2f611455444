package concierge.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Certificates that somebody else renews in files, as an ACME client does. */
class GivenCertificateTest {
    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir
    Path folder;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    private int written;

    private record Pair(X509Certificate certificate, PrivateKey key) {}

    private Pair pair(String name, String algorithm) throws Exception {
        Path store = folder.resolve(name + ".p12");
        Process keytool = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair", "-alias", "own", "-keyalg", algorithm, "-dname", "CN=" + name,
                "-ext", "san=dns:" + name, "-validity", "2", "-storetype", "PKCS12", "-storepass", new String(PASSWORD), "-keystore", store.toString())
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        assertThat(keytool.waitFor()).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD);
        }
        return new Pair((X509Certificate) keys.getCertificate("own"), (PrivateKey) keys.getKey("own", PASSWORD));
    }

    /** Each with a time of its own, as files that are renewed weeks apart have. */
    private Path write(String name, String text) throws IOException {
        Path file = Files.writeString(folder.resolve(name), text);
        Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2026-01-01T00:00:00Z").plusSeconds(written++)));
        return file;
    }

    private GivenCertificate given() throws IOException {
        return new GivenCertificate(folder.resolve("tls.crt"), folder.resolve("tls.key"), now::get);
    }

    private void write(Pair pair) throws IOException {
        write("tls.crt", Pem.write(pair.certificate()));
        write("tls.key", Pem.write(pair.key()));
    }

    private void later() {
        now.updateAndGet(it -> it.plus(Duration.ofSeconds(2)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC"})
    void aCertificateAndItsKeyAreShown(String algorithm) throws Exception {
        Pair pair = pair("shop.example.org", algorithm);
        write(pair);
        GivenCertificate given = given();
        assertThat(given.chain()).containsExactly(pair.certificate());
        assertThat(given.keys().getPrivateKey(given.keys().chooseEngineServerAlias(algorithm, null, null))).isEqualTo(pair.key());
    }

    @Test
    void aRenewedOneIsInUseWithoutARestart() throws Exception {
        write(pair("old.example.org", "EC"));
        GivenCertificate given = given();
        Pair renewed = pair("new.example.org", "EC");
        write(renewed);
        later();
        assertThat(given.chain()).containsExactly(renewed.certificate());
    }

    @Test
    void halfARenewalLeavesTheOneBeforeInUse() throws Exception {
        Pair old = pair("old.example.org", "EC");
        write(old);
        GivenCertificate given = given();
        Pair renewed = pair("new.example.org", "EC");
        write("tls.crt", Pem.write(renewed.certificate()));
        later();
        assertThat(given.chain()).as("its key is still to come").containsExactly(old.certificate());
        write("tls.key", "-----BEGIN PRIV");
        later();
        assertThat(given.chain()).as("its key is being written").containsExactly(old.certificate());
        Files.delete(folder.resolve("tls.key"));
        later();
        assertThat(given.chain()).as("its key is being replaced").containsExactly(old.certificate());
        write("tls.key", Pem.write(renewed.key()));
        later();
        assertThat(given.chain()).containsExactly(renewed.certificate());
    }

    @Test
    void whatIsNoneIsRefusedAtTheStartWithItsFile() throws Exception {
        Pair one = pair("one.example.org", "EC");
        Pair other = pair("two.example.org", "RSA");
        assertThatThrownBy(this::given).isInstanceOf(IOException.class).hasMessageContainingAll("tls.crt", "not there", "PEM");
        write("tls.crt", Pem.write(one.certificate()));
        write("tls.key", Pem.write(other.key()));
        assertThatThrownBy(this::given).hasMessageContainingAll("tls.key", "the key of another certificate", "CN=one.example.org");
        write("tls.key", "no key\n");
        assertThatThrownBy(this::given).hasMessageContaining("tls.key");
        write("tls.crt", "no certificate\n");
        assertThatThrownBy(this::given).hasMessageContaining("tls.crt");
    }
}
