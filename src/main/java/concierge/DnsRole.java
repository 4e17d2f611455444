package concierge;

import concierge.config.Configuration;
import concierge.config.Settings;
import concierge.dns.NameServer;
import java.io.IOException;
import java.net.InetAddress;

/** The name server beside one home's server: answers until it is told to stop, whatever becomes of servers meanwhile. */
final class DnsRole {
    private final Configuration configuration;
    private final Lifetime lifetime = new Lifetime("dns");

    DnsRole(Configuration configuration) {
        this.configuration = configuration;
    }

    /** Runs until TERM or INT; returns the exit code. */
    int run() {
        Announced server = new Announced(configuration.home());
        try (NameServer names = new NameServer(
                InetAddress.getByName(configuration.value(Settings.DNS_HOST)), configuration.value(Settings.DNS_PORT), configuration.value(Settings.DNS_ZONE),
                configuration.home().path(), server::server)) {
            names.start();
            lifetime.awaitStop();
            return 0;
        } catch (IOException | IllegalArgumentException e) {
            System.err.println("concierge: " + e.getMessage());
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        } finally {
            lifetime.ended();
        }
    }
}
