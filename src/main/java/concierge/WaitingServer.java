package concierge;

import concierge.config.Configuration;
import concierge.config.Settings;
import concierge.runtime.Detached;
import concierge.security.Token;
import concierge.server.ApiServer;
import concierge.server.Waiting;
import concierge.server.home.Ports;
import concierge.server.home.ServerHome;
import concierge.server.router.RouterKeeper;
import concierge.server.router.RouterProcess;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What stands for a server while its store does not answer, or another has its host's name: its API says so, on loopback, and its router serves the last
 * known routes. Nothing else is begun. One thread.
 */
final class WaitingServer implements AutoCloseable, StoreWait.Listener {
    private static final String LOOPBACK = "127.0.0.1";

    private final Configuration configuration;
    private final ServerHome home;
    private final String version;
    private final Runnable stop;
    private final InstantSource clock;
    /** Whose state it is cannot be told yet; clients that read the announcement find this server by it. */
    private final String name = "waiting-" + UUID.randomUUID();
    private volatile Waiting.Why why = new Waiting.Why(Waiting.What.store, "");
    private Opened opened = new Opened();
    private boolean open;

    WaitingServer(Configuration configuration, ServerHome home, String version, Runnable stop, InstantSource clock) {
        this.configuration = configuration;
        this.home = home;
        this.version = version;
        this.stop = stop;
        this.clock = clock;
    }

    @Override
    public void waits(Waiting.Why now) throws IOException, InterruptedException {
        why = now;
        if (open) return;
        open = true;
        Token token = Token.open(configuration.home().token());
        AtomicReference<ServerHome.Announcement> announced = new AtomicReference<>(new ServerHome.Announcement(
                ProcessHandle.current().pid(), name, "", "", clock.instant().toString(), home.home().path().toString(), Optional.empty(), Detached.build()));
        Waiting waiting = new Waiting(token, version, () -> why, announced::get, configuration::show, stop, clock);
        ApiServer api = opened.own(Ports.open("api", configuration.value(Settings.API_PORT), port -> ApiServer.start(LOOPBACK, port, waiting)));
        home.announce(announced.updateAndGet(it -> it.withApi("http://" + LOOPBACK + ":" + api.port(), Optional.empty())));
        if (configuration.value(Settings.ROUTER_ENABLED)) {
            opened.own(new RouterKeeper(
                    new RouterProcess(home.home().path()), configuration.value(Settings.ROUTER_HOST), configuration.value(Settings.ROUTER_PORT),
                    url -> home.announce(announced.updateAndGet(it -> it.withRouter(url))))).start();
        }
    }

    /** Makes room for the server itself; the router goes on. */
    @Override
    public void close() {
        opened.close();
        opened = new Opened();
        open = false;
    }
}
