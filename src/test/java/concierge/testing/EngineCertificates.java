package concierge.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Certificates for an engine on loopback, made with {@code openssl}: an authority, the engine's own for
 * 127.0.0.1, and one for clients. Each party's stand in a folder of their own as {@code ca.pem}, {@code
 * cert.pem} and {@code key.pem}, as the {@code docker} command expects them.
 */
public final class EngineCertificates {
    private final Path folder;

    private EngineCertificates(Path folder) {
        this.folder = folder;
    }

    /** @param name the host's that the engine's certificate is for: {@code IP:127.0.0.1} */
    public static EngineCertificates make(Path folder, String name) {
        try {
            EngineCertificates made = new EngineCertificates(Files.createDirectories(folder));
            made.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test authority",
                    "-keyout", "authority.key", "-out", "authority.pem");
            made.party("engine", "subjectAltName=" + name + "\nextendedKeyUsage=serverAuth\n");
            made.party("client", "extendedKeyUsage=clientAuth\n");
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What {@code DOCKER_CERT_PATH} names. */
    public Path client() {
        return folder.resolve("client");
    }

    /** The daemon's options to be reached there by those with a client's certificate only. */
    public String[] options(int port) {
        return options("127.0.0.1", port);
    }

    /** @param address that the engine listens on */
    public String[] options(String address, int port) {
        Path engine = folder.resolve("engine");
        return new String[] {
            "-H", "tcp://" + address + ":" + port, "--tlsverify", "--tlscacert", engine.resolve("ca.pem").toString(),
            "--tlscert", engine.resolve("cert.pem").toString(), "--tlskey", engine.resolve("key.pem").toString()
        };
    }

    private void party(String name, String extensions) throws IOException {
        Path own = Files.createDirectories(folder.resolve(name));
        Files.writeString(folder.resolve(name + ".ext"), extensions);
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name, "-keyout", name + "/key.pem", "-out", name + ".csr");
        openssl("x509", "-req", "-in", name + ".csr", "-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial", "-days", "2",
                "-extfile", name + ".ext", "-out", name + "/cert.pem");
        Files.copy(folder.resolve("authority.pem"), own.resolve("ca.pem"));
    }

    private void openssl(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        Path log = folder.resolve("openssl.log");
        Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        if (process.onExit().join().exitValue() != 0) throw new IOException(String.join(" ", command) + ": " + Files.readString(log));
    }
}
