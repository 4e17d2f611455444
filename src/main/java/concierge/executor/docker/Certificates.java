package concierge.executor.docker;

import com.github.dockerjava.core.LocalDirectorySSLConfig;
import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLContext;

/** A client's certificates as the {@code docker} command keeps them, one folder an engine. */
final class Certificates {
    static final List<String> FILES = List.of("ca.pem", "cert.pem", "key.pem");

    private Certificates() {}

    /**
     * Reads them; never answers with less security than was asked for: the library takes a folder that lacks
     * a file for the wish to do without.
     */
    static SSLContext read(Path folder) {
        for (String file : FILES) {
            if (!Files.isReadable(folder.resolve(file))) {
                throw new ExecutorException(Kind.unavailable, folder.resolve(file)
                        + ": cannot be read (expected: ca.pem, cert.pem and key.pem there, as TLS to the engine was asked for)");
            }
        }
        try {
            return Objects.requireNonNull(new LocalDirectorySSLConfig(folder.toString()).getSSLContext());
        } catch (RuntimeException e) {
            String why = e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
            throw new ExecutorException(Kind.unavailable, "cannot use the certificates in " + folder + ": " + why
                    + " (expected: ca.pem, cert.pem and key.pem in PEM format, the key without a password)", e);
        }
    }
}
