package concierge.security;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import javax.net.ssl.X509ExtendedKeyManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A certificate and its key in files that somebody else renews. They are read again when they have changed; files that
 * do not fit each other, as in the middle of being replaced, leave what was there before in use. Thread-safe.
 */
public final class GivenCertificate implements ServerCertificate {
    private static final Logger LOG = LoggerFactory.getLogger(GivenCertificate.class);

    /** Handshakes may come by the thousand; a renewed file is in use a moment later. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final Path certificate;
    private final Path key;
    private final InstantSource clock;
    private OwnKeys.Shown shown;
    private String stamp;
    private long looked;

    /** @throws IOException naming the file that is not there or not what it should be */
    public GivenCertificate(Path certificate, Path key, InstantSource clock) throws IOException {
        this.certificate = certificate;
        this.key = key;
        this.clock = clock;
        this.stamp = stamp();
        this.shown = load();
        this.looked = clock.millis();
    }

    private String stamp() throws IOException {
        return stamp(certificate) + stamp(key);
    }

    private static String stamp(Path file) throws IOException {
        if (!Files.isReadable(file)) throw new IOException(file + ": " + (Files.exists(file) ? "may not be read" : "not there") + " (expected: a file in PEM form)");
        return Files.getLastModifiedTime(file) + " " + Files.size(file) + " " + file.toRealPath() + "\n";
    }

    private OwnKeys.Shown load() throws IOException {
        List<X509Certificate> chain = read(certificate, Pem::certificates);
        PrivateKey own = read(key, Pem::key);
        if (!fits(own, chain.getFirst().getPublicKey())) {
            throw new IOException(key + ": the key of another certificate (expected: that of " + chain.getFirst().getSubjectX500Principal() + ", the first in " + certificate + ")");
        }
        return new OwnKeys.Shown(chain, own);
    }

    private interface Reader<T> {
        T read(String text) throws IOException;
    }

    private static <T> T read(Path file, Reader<T> reader) throws IOException {
        try {
            return reader.read(Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    private static boolean fits(PrivateKey key, PublicKey certified) {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            case String other -> other;
        };
        try {
            byte[] sample = {1, 2, 3};
            Signature signer = Signature.getInstance(algorithm);
            signer.initSign(key);
            signer.update(sample);
            byte[] signature = signer.sign();
            signer.initVerify(certified);
            signer.update(sample);
            return signer.verify(signature);
        } catch (GeneralSecurityException _) {
            return false; // keys of two kinds
        }
    }

    private synchronized OwnKeys.Shown current() {
        if (Math.abs(clock.millis() - looked) < LOOK.toMillis()) return shown;
        looked = clock.millis();
        try {
            String now = stamp();
            if (now.equals(stamp)) return shown;
            shown = load();
            stamp = now;
            LOG.info("took the new certificate file={} until={}", certificate, shown.chain().getFirst().getNotAfter().toInstant());
        } catch (IOException e) {
            LOG.warn("kept the certificate that was read before: {}", e.getMessage());
        }
        return shown;
    }

    @Override
    public X509ExtendedKeyManager keys() {
        return new OwnKeys(this::current);
    }

    @Override
    public List<X509Certificate> chain() {
        return current().chain();
    }
}
