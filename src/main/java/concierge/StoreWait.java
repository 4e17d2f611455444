package concierge;

import concierge.agent.HostTakenException;
import concierge.server.Waiting;
import concierge.store.StoreException;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a role that needs the store. While nobody answers there, there is no room, we may not write, or another has its host's name, the role
 * waits: what was opened is closed again, nothing was begun, and what runs is not touched. Whatever else is wrong ends it at once.
 */
final class StoreWait {
    /** Each try takes seconds by itself where nobody answers, and none where a port is closed. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    /** The same reason is told again so often: whoever looks into a log wants to see that it still waits. */
    private static final Duration AGAIN = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(StoreWait.class);

    private final Lifetime lifetime;
    private final Listener listener;
    private String said = "";
    private long saidAt;

    interface Opener {
        void open(Opened opened) throws IOException, InterruptedException;
    }

    /** Is told whenever a try failed. */
    interface Listener {
        Listener NOBODY = _ -> {};

        void waits(Waiting.Why why) throws IOException, InterruptedException;
    }

    StoreWait(Lifetime lifetime, Listener listener) {
        this.lifetime = lifetime;
        this.listener = listener;
    }

    /** Opens it, and closes it when it is time to end: perhaps before the store has answered. */
    void serve(Opener opener) throws IOException, InterruptedException {
        long began = System.nanoTime();
        do {
            try (Opened opened = new Opened()) {
                opener.open(opened);
                if (!said.isEmpty()) LOG.info("begins waited={}", since(began));
                lifetime.awaitStop();
                return;
            } catch (StoreException.Away | StoreException.Full | StoreException.Denied e) {
                waits(new Waiting.Why(Waiting.What.store, String.valueOf(e.getMessage())));
            } catch (HostTakenException e) {
                waits(new Waiting.Why(Waiting.What.name, String.valueOf(e.getMessage())));
            }
        } while (!lifetime.awaitStop(PAUSE));
    }

    private void waits(Waiting.Why why) throws IOException, InterruptedException {
        if (!why.reason().equals(said) || since(saidAt).compareTo(AGAIN) > 0) {
            LOG.warn("waiting for {}, nothing is begun before reason={}", why.what(), why.reason());
            said = why.reason();
            saidAt = System.nanoTime();
        }
        listener.waits(why);
    }

    private static Duration since(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos);
    }
}
