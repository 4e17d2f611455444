package concierge;

import concierge.config.Configuration;
import concierge.config.Settings;
import concierge.router.Router;
import concierge.router.RouterSettings;
import concierge.server.ServerHome;
import java.io.IOException;
import java.net.URI;
import java.util.List;

/** The router of one home: serves until it is told to stop, whatever becomes of servers meanwhile. */
final class RouterRole {
    /** Refused at once, and asked again soon: a guess might reach somebody else's port, who never answers. */
    private static final String NOWHERE = "http://127.0.0.1:1";

    private final Configuration configuration;
    private final Lifetime lifetime = new Lifetime("router");

    RouterRole(Configuration configuration) {
        this.configuration = configuration;
    }

    /** Runs until TERM or INT; returns the exit code. */
    int run() {
        String listen = configuration.value(Settings.ROUTER_HOST) + ":" + configuration.value(Settings.ROUTER_PORT);
        RouterSettings settings = new RouterSettings(
                List.of(listen), this::api, configuration.home().path(), "router-" + ProcessHandle.current().pid(), RouterSettings.Limits.DEFAULT);
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

    /** Asked before each connection: the next server may listen elsewhere. */
    private URI api() {
        return URI.create(ServerHome.read(configuration.home()).map(ServerHome.Announcement::api).filter(api -> !api.isEmpty()).orElse(NOWHERE));
    }
}
