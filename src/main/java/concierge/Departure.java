package concierge;

import concierge.config.Home;
import concierge.config.HomeContent;
import concierge.executor.Executor;
import concierge.peer.Clearing;
import concierge.peer.Leaving;
import concierge.runtime.Processes;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How this process leaves an installation that is given up as a whole: it ends, then its home is emptied. Thread-safe. */
final class Departure {
    private static final Logger LOG = LoggerFactory.getLogger(Departure.class);

    /** A router closes its connections first. */
    private static final Duration ROUTER_END = Duration.ofSeconds(10);

    private final Home home;
    private final Lifetime lifetime;
    /** Whether volumes go, too; null: nobody leaves. */
    private final AtomicReference<@Nullable Boolean> told = new AtomicReference<>();

    Departure(Home home, Lifetime lifetime) {
        this.home = home;
        this.lifetime = lifetime;
    }

    /** Of one host that this process stands for. */
    Leaving of(List<Executor> executors, String installation) {
        return new Leaving() {
            @Override
            public Clearing.Cleared clear(boolean volumes) {
                Clearing.Cleared cleared = Clearing.clear(executors, installation, volumes);
                LOG.info("cleared what the installation left removed={} kept={}", cleared.removed(), cleared.kept());
                return cleared;
            }

            @Override
            public void leave(boolean volumes) {
                LOG.info("leaves the installation, which is given up volumes={}", volumes);
                told.set(volumes);
                lifetime.stop();
            }
        };
    }

    /** Once everything is closed. */
    void complete() {
        Boolean volumes = told.get();
        if (volumes == null) return;
        try {
            Optional<ProcessHandle> router = HomeContent.router(home);
            router.ifPresent(ProcessHandle::destroy);
            if (router.isPresent()) Processes.awaitEnd(router.get().pid(), ROUTER_END);
            HomeContent.delete(home, volumes);
        } catch (IOException e) {
            LOG.warn("home not emptied home={} reason={}", home.path(), e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
