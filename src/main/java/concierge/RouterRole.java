package concierge;

import concierge.config.Configuration;
import concierge.config.Settings;
import concierge.router.Router;
import concierge.router.RouterSettings;
import concierge.server.ServerHome;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** The router of one home: serves until it is told to stop, whatever becomes of servers meanwhile. */
final class RouterRole {
    private final Configuration configuration;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final CountDownLatch stopped = new CountDownLatch(1);

    RouterRole(Configuration configuration) {
        this.configuration = configuration;
    }

    /** Runs until TERM or INT; returns the exit code. */
    int run() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::stopAndWait, "router shutdown"));
        String listen = configuration.value(Settings.ROUTER_HOST) + ":" + configuration.value(Settings.ROUTER_PORT);
        RouterSettings settings = new RouterSettings(
                List.of(listen), this::api, configuration.home().path(), "router-" + ProcessHandle.current().pid(), RouterSettings.Limits.DEFAULT);
        try (Router router = new Router(settings)) {
            router.start();
            stopping.await();
            return 0;
        } catch (IOException e) {
            System.err.println("concierge: " + e.getMessage());
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        } finally {
            stopped.countDown();
        }
    }

    /** Asked before each connection: the next server may listen elsewhere. */
    private URI api() {
        String fallback = "http://127.0.0.1:" + configuration.value(Settings.API_PORT);
        return URI.create(ServerHome.read(configuration.home()).map(ServerHome.Announcement::api).filter(api -> !api.isEmpty()).orElse(fallback));
    }

    private void stopAndWait() {
        stopping.countDown();
        try {
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
