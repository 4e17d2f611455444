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

    RouterRole(Configuration configuration) {
        this.configuration = configuration;
    }

    void serve(Lifetime lifetime) throws IOException, InterruptedException {
        String listen = configuration.value(Settings.ROUTER_HOST) + ":" + configuration.value(Settings.ROUTER_PORT);
        RouterSettings settings = new RouterSettings(
                List.of(listen), new Announced(configuration.home())::server, configuration.home().path(), "router-" + ProcessHandle.current().pid(), RouterSettings.Limits.DEFAULT);
        try (Router router = new Router(settings)) {
            router.start();
            lifetime.awaitStop();
        }
    }
}
