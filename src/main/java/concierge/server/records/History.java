package concierge.server.records;

import concierge.model.Deployment;
import concierge.server.refusal.Refusal;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.state.LiveView;
import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.StoreException;
import java.util.List;
import java.util.Optional;

/** The deployments of a stack, past ones included. */
public final class History {
    private final Store store;
    private final Optional<LiveView> seen;

    public History(Store store) {
        this(store, Optional.empty());
    }

    private History(Store store, Optional<LiveView> seen) {
        this.store = store;
        this.seen = seen;
    }

    /** To be shown: while the store is away, as they were seen last. */
    public static History shown(Store store, LiveView live) {
        return new History(store, Optional.of(live));
    }

    /** Newest first. */
    public List<Deployment> of(String stack) {
        try {
            return entries(stack).stream().map(entry -> Codec.deployment(entry.value())).toList();
        } catch (StoreException.Away e) {
            return seen.orElseThrow(() -> e).deployments(stack);
        }
    }

    /** The newest one, if there is any. */
    public List<Deployment> newest(String stack) {
        return of(stack).stream().limit(1).toList();
    }

    /** As stored, newest first: ids sort by age. */
    public List<Entry> entries(String stack) {
        return Listing.all(store, Keys.DEPLOYMENTS + stack + "/").reversed();
    }

    /** @param id as stored, or its number without the zeros, as people are shown it */
    public Deployment find(String stack, String id) {
        return of(stack).stream()
                .filter(deployment -> deployment.id().equals(id) || deployment.id().replaceFirst("^0+", "").equals(id))
                .findFirst()
                .orElseThrow(() -> Refusal.notFound("deployment", stack + "/", id, of(stack).stream().map(Deployment::id).toList()));
    }
}
