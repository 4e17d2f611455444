package concierge.executor.docker;

import com.github.dockerjava.core.util.CertificateUtils;
import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Security;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * What a client of an engine shows and trusts, in PEM files.
 *
 * @param ca that the engine's certificate is signed by
 * @param certificate our own
 * @param key of that, without a password
 */
public record Certificates(Path ca, Path certificate, Path key) {
    /** How the library protects the key in memory, and so no secret. */
    private static final char[] STORE = "docker".toCharArray();

    static {
        // The library reads keys with it, and takes it for there.
        if (Security.getProvider(BouncyCastleProvider.PROVIDER_NAME) == null) Security.addProvider(new BouncyCastleProvider());
    }

    /** As the {@code docker} command keeps them, one folder an engine. */
    public static Certificates in(Path folder) {
        return new Certificates(folder.resolve("ca.pem"), folder.resolve("cert.pem"), folder.resolve("key.pem"));
    }

    /** Whether at least one of them is there: then somebody wanted TLS. */
    boolean areMeant() {
        return files().stream().anyMatch(Files::exists);
    }

    private List<Path> files() {
        return List.of(ca, certificate, key);
    }

    /** Reads them; never answers with less security than was asked for. */
    SSLContext context() {
        for (Path file : files()) {
            if (!Files.isReadable(file)) {
                throw new ExecutorException(Kind.unavailable, file
                        + ": cannot be read (expected: ca.pem, cert.pem and key.pem, or files named so, as TLS to the engine was asked for)");
            }
        }
        try {
            KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            own.init(CertificateUtils.createKeyStore(Files.readString(key), Files.readString(certificate)), STORE);
            TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trusted.init(CertificateUtils.createTrustStore(Files.readString(ca)));
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw new ExecutorException(Kind.unavailable, "cannot use the certificates " + this + ": " + e.getMessage()
                    + " (expected: ca.pem, cert.pem and key.pem in PEM format, the key without a password)", e);
        }
    }

    /** The folder where they stand together, else the three files. */
    @Override
    public String toString() {
        Path folder = ca.getParent();
        return folder != null && equals(in(folder)) ? "in " + folder : ca + ", " + certificate + ", " + key;
    }
}
