package concierge.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;

/** An image registry on loopback (Debian's {@code docker-registry}); engines take loopback ones without TLS. */
public final class Registry implements AutoCloseable {
    public static final String USER = "bob";
    public static final String PASSWORD = "s3cret";

    /** Bcrypt of {@link #PASSWORD}, as {@code htpasswd -B} makes it. */
    private static final String PASSWORD_HASH = "$2b$05$CnvfnRyNMChAK.1iydUt1e6bsGobfLOzLJIzdjwaoHQvKQLB8VqKq";

    private static final String LOOPBACK = "127.0.0.1";

    private final Process process;
    private final String host;

    private Registry(Process process, String host) {
        this.process = process;
        this.host = host;
    }

    /** @param folder its data, removed by the test */
    public static Registry start(Path folder) {
        return start(LOOPBACK, folder, "");
    }

    /** One that lets nobody in but {@link #USER} with {@link #PASSWORD}. */
    public static Registry startClosed(Path folder) {
        return startClosed(LOOPBACK, folder);
    }

    /** The same at another address of this machine. */
    public static Registry startClosed(String address, Path folder) {
        try {
            Path users = folder.resolve("htpasswd");
            Files.writeString(users, USER + ":" + PASSWORD_HASH + "\n");
            return start(address, folder, "auth: {htpasswd: {realm: test, path: %s}}\n".formatted(users));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Registry start(String address, Path folder, String further) {
        try {
            int port;
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName(address))) {
                port = free.getLocalPort();
            }
            Path configuration = folder.resolve("config.yml");
            Files.writeString(configuration, """
                    version: 0.1
                    log: {level: warn, accesslog: {disabled: true}}
                    storage: {filesystem: {rootdirectory: %s}, delete: {enabled: true}}
                    http: {addr: "%s:%d"}
                    """.formatted(folder.resolve("data"), address, port) + further);
            Process process = new ProcessBuilder("docker-registry", "serve", configuration.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log").toFile())
                    .start();
            Registry registry = new Registry(process, address + ":" + port);
            Awaitility.await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(50)).until(registry::answers);
            return registry;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start docker-registry (Debian: apt-get install docker-registry)", e);
        }
    }

    /** {@code 127.0.0.1:5000}. */
    public String host() {
        return host;
    }

    private boolean answers() {
        try {
            HttpURLConnection connection = (HttpURLConnection) URI.create("http://" + host() + "/v2/").toURL().openConnection();
            return connection.getResponseCode() < 500;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
