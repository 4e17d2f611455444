package concierge.server.instance;

import concierge.model.InstanceView;
import concierge.model.Intent;
import concierge.model.RunKind;
import concierge.model.ServiceView;
import concierge.model.Status;
import concierge.model.View;
import concierge.server.records.Commits;
import concierge.state.Keys;
import concierge.state.LiveView;
import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes the intents of one-offs that have ended: {@link #KEPT_FOR} after their end, so that their exit
 * codes can be asked for, or earlier where a stack has more than {@link #KEPT}. Runs on a thread of its own.
 */
public final class OneOffs implements AutoCloseable {
    /** In a one-off's service name, before six hex digits. */
    static final String MARK = "-run-";

    /** Whoever started it has come back by then. */
    static final Duration KEPT_FOR = Duration.ofHours(1);

    /** Ended ones of a stack; a script that starts many does not fill the table. */
    static final int KEPT = 50;

    /** Nobody waits for it, and what has ended is kept for an hour. */
    private static final Duration LOOK = Duration.ofSeconds(30);
    private static final Logger LOG = LoggerFactory.getLogger(OneOffs.class);

    private final Store store;
    private final LiveView live;
    private final InstantSource clock;
    private final Thread thread;

    public OneOffs(Store store, LiveView live, InstantSource clock) {
        this.store = store;
        this.live = live;
        this.clock = clock;
        this.thread = Thread.ofVirtual().name("one-offs").unstarted(this::loop);
    }

    public void start() {
        thread.start();
    }

    private void loop() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                try {
                    for (ServiceView service : expired(live.view(), clock.instant())) remove(service);
                } catch (StoreException e) {
                    LOG.warn("ended one-offs not removed reason={}", e.getMessage());
                }
                Thread.sleep(LOOK);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private record Ended(ServiceView service, Instant at) {}

    /** Those whose time is over at an instant. */
    static List<ServiceView> expired(View view, Instant now) {
        Map<String, List<Ended>> byStack = new HashMap<>();
        view.services().forEach((id, service) -> {
            if (!id.service().contains(MARK)) return;
            ended(service).ifPresent(at -> byStack.computeIfAbsent(id.stack(), _ -> new ArrayList<>()).add(new Ended(service, at)));
        });
        List<ServiceView> expired = new ArrayList<>();
        for (List<Ended> ended : byStack.values()) {
            ended.sort(Comparator.comparing(Ended::at).reversed());
            for (int i = 0; i < ended.size(); i++) {
                Ended one = ended.get(i);
                if (i >= KEPT || one.at().plus(KEPT_FOR).isBefore(now)) expired.add(one.service());
            }
        }
        return expired;
    }

    private static Optional<Instant> ended(ServiceView service) {
        boolean finite = service.intent().map(Intent::kind).filter(RunKind.ToCompletion.class::isInstance).isPresent();
        if (!finite || service.instances().isEmpty()) return Optional.empty();
        if (!service.instances().values().stream().map(InstanceView::state).allMatch(state -> state.isFinal())) return Optional.empty();
        return service.instances().values().stream().flatMap(it -> it.status().stream()).map(Status::since).max(Comparator.naturalOrder());
    }

    private void remove(ServiceView service) {
        Optional<Entry> intent = store.find(Keys.proc(service.id()));
        if (intent.isEmpty()) return;
        Commits.settled(store, Transaction.id(Commits.id("one-off"))
                .compare(intent.get().key(), Transaction.Field.modified, intent.get().modified())
                .delete(intent.get().key())
                .build());
        LOG.info("removed an ended one-off service={}", service.id());
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
