package concierge;

import concierge.agent.Machine;
import concierge.config.Configuration;
import concierge.config.Settings;
import concierge.security.GivenCertificate;
import concierge.security.Member;
import concierge.security.ServerCertificate;
import concierge.server.ApiServer;
import concierge.server.home.ServerHome;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * Where the API is reached: plain on loopback, always, since the commands and the router of this machine ask there; and over
 * TLS where the configuration names another address.
 *
 * @param loopback an address
 */
record Reach(String loopback, Optional<ApiServer.Beyond> beyond) {
    private static final String LOOPBACK = "127.0.0.1";

    /** @throws IOException when there is no certificate to show, saying what is missing */
    static Reach of(Configuration configuration, Membership membership, InstantSource clock) throws IOException {
        String address = configuration.value(Settings.API_HOST);
        String certificate = configuration.value(Settings.TLS_CERTIFICATE);
        String key = configuration.value(Settings.TLS_KEY);
        if (certificate.isEmpty() != key.isEmpty()) {
            throw new IOException((key.isEmpty() ? "tls.key" : "tls.certificate") + ": empty (expected: a file, as for " + (key.isEmpty() ? "tls.certificate" : "tls.key")
                    + "; or neither, then the installation makes its own)");
        }
        if (InetAddress.getByName(address).isLoopbackAddress()) return new Reach(address, Optional.empty());
        ServerCertificate shown = certificate.isEmpty()
                ? membership.join(Member.Role.server)
                : new GivenCertificate(file(configuration, certificate), file(configuration, key), clock);
        return new Reach(LOOPBACK, Optional.of(new ApiServer.Beyond(address, configuration.value(Settings.API_PORT), shown)));
    }

    /** Relative ones stand in the home, as the file does that names them. */
    private static Path file(Configuration configuration, String name) {
        return configuration.home().path().resolve(name);
    }

    /** As others are told. @param port that was opened */
    Optional<ServerHome.Network> network(int port) throws IOException {
        if (beyond.isEmpty()) return Optional.empty();
        List<String> addresses = Machine.addresses(beyond.get().address(), List.of());
        String first = addresses.getFirst();
        String host = first.contains(":") ? "[" + first + "]" : first;
        return Optional.of(new ServerHome.Network("https://" + host + ":" + port, beyond.get().certificate().fingerprint()));
    }
}
