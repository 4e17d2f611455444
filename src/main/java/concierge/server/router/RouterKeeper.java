package concierge.server.router;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that a router runs as long as this server does: finds or starts it, and starts it again when
 * it dies. Closing it leaves the router running.
 */
public final class RouterKeeper implements AutoCloseable {
    /** A dead router is back well within the patience of a browser. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    /** A router that cannot start (no free port, say) is tried again so often, and not at each look. */
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(15);

    /** From the start of a router to its first answer, on a busy machine. */
    private static final Duration FIRST = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(RouterKeeper.class);

    private final RouterProcess process;
    private final String host;
    private final int port;
    private final Listener listener;
    private final CountDownLatch first = new CountDownLatch(1);
    private final Thread thread;

    /** Is told where the router is; one that fails is told again. */
    public interface Listener {
        void routerAt(String url) throws IOException;
    }

    /** @param listener told the router's URL when it is known, and whenever it has changed */
    public RouterKeeper(RouterProcess process, String host, int port, Listener listener) {
        this.process = process;
        this.host = host;
        this.port = port;
        this.listener = listener;
        this.thread = Thread.ofVirtual().name("router keeper").unstarted(this::loop);
    }

    public void start() {
        thread.start();
    }

    /** Waits, bounded, until the router runs or could not be started. */
    public void awaitFirst() throws InterruptedException {
        if (!first.await(FIRST.toMillis(), TimeUnit.MILLISECONDS)) LOG.warn("router not there yet, going on without it");
    }

    private void loop() {
        String known = "";
        try {
            while (true) {
                String url = process.running().orElse("");
                if (url.isEmpty()) url = ensure();
                if (!url.isEmpty() && !url.equals(known) && tell(url)) known = url;
                first.countDown();
                Thread.sleep(url.isEmpty() ? AFTER_FAILURE : LOOK);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean tell(String url) {
        try {
            listener.routerAt(url);
            return true;
        } catch (IOException e) {
            LOG.warn("router not announced url={} reason={}", url, e.getMessage());
            return false;
        }
    }

    private String ensure() throws InterruptedException {
        try {
            return process.ensure(host, port);
        } catch (IOException e) {
            LOG.warn("router not started reason={}", e.getMessage());
            return "";
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
