package concierge;

import concierge.config.Configuration;
import concierge.config.Settings;
import concierge.router.Router;
import concierge.router.RouterSettings;
import java.io.IOException;
import java.util.List;

/** The router of one home: serves until it is told to stop, whatever becomes of servers meanwhile. */
final class RouterRole {
    private final Configuration configuration;
    private final Lifetime lifetime = new Lifetime("router");

    RouterRole(Configuration configuration) {
        this.configuration = configuration;
    }

    /** Runs until TERM or INT; returns the exit code. */
    int run() {
        String listen = configuration.value(Settings.ROUTER_HOST) + ":" + configuration.value(Settings.ROUTER_PORT);
        RouterSettings settings = new RouterSettings(
                List.of(listen), new Announced(configuration.home())::server, configuration.home().path(), "router-" + ProcessHandle.current().pid(), RouterSettings.Limits.DEFAULT);
        try (Router router = new Router(settings)) {
            router.start();
            lifetime.awaitStop();
            return 0;
        } catch (IOException e) {
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
