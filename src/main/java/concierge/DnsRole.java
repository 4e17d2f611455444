package concierge;

import concierge.config.Configuration;
import concierge.config.Settings;
import concierge.dns.NameServer;
import java.io.IOException;
import java.net.InetAddress;

/** The name server beside one home's server: answers until it is told to stop, whatever becomes of servers meanwhile. */
final class DnsRole {
    private final Configuration configuration;

    DnsRole(Configuration configuration) {
        this.configuration = configuration;
    }

    void serve(Lifetime lifetime) throws IOException, InterruptedException {
        Announced server = new Announced(configuration.home());
        try (NameServer names = new NameServer(
                InetAddress.getByName(configuration.value(Settings.DNS_HOST)), configuration.value(Settings.DNS_PORT), configuration.value(Settings.DNS_ZONE),
                configuration.home().path(), server::server)) {
            names.start();
            lifetime.awaitStop();
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
