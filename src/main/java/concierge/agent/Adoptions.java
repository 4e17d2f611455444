package concierge.agent;

import concierge.executor.ExecutorException;
import concierge.executor.Running;
import concierge.executor.Workload;
import concierge.model.InstanceId;
import concierge.state.Adoption;
import concierge.state.Keys;
import concierge.store.Entry;
import concierge.store.Limits;
import concierge.store.Page;
import concierge.store.Store;
import concierge.store.StoreException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What runs on this host since before the state was brought into this store. An engine keeps the generation
 * that it was told when it made an instance; here both ways are translated until the instance is removed.
 * Read once, when it is first needed: only a transfer writes it, and no server runs then. Thread-safe.
 */
final class Adoptions {
    private final Store store;
    private final String host;
    private @Nullable Map<InstanceId, Adoption> known;

    Adoptions(Store store, String host) {
        this.store = store;
        this.host = host;
    }

    /** @throws ExecutorException unavailable, while the store does not answer: what runs cannot be judged before */
    Running here(Running running) {
        return adoption(running.instance())
                .filter(adoption -> adoption.from() == running.generation())
                .map(adoption -> running.of(adoption.to()))
                .orElse(running);
    }

    /** @throws ExecutorException as {@link #here} */
    Workload engines(Workload workload) {
        return adoption(workload.instance())
                .filter(adoption -> adoption.to() == workload.generation())
                .map(adoption -> workload.of(adoption.from()))
                .orElse(workload);
    }

    /** Nothing of it is left: what is made next is of this store. */
    void removed(InstanceId instance) {
        all().remove(instance);
    }

    private Optional<Adoption> adoption(InstanceId instance) {
        return Optional.ofNullable(all().get(instance));
    }

    private synchronized Map<InstanceId, Adoption> all() {
        if (known != null) return known;
        try {
            known = read();
            return known;
        } catch (StoreException e) {
            throw new ExecutorException(ExecutorException.Kind.unavailable, "the store does not tell what was adopted: " + e.getMessage(), e);
        }
    }

    /**
     * Also those of what was given up or placed anew since: what runs of it is older than that, not newer than the
     * store. One whose first number the present assignment has says nothing: that is what runs.
     */
    private Map<InstanceId, Adoption> read() {
        Map<InstanceId, Adoption> adoptions = new ConcurrentHashMap<>();
        Map<String, Long> generations = new HashMap<>();
        each(Keys.ASSIGN + host + "/", entry -> generations.put(entry.key().substring(Keys.ASSIGN.length()), entry.created()));
        each(Keys.ADOPTED + host + "/", entry -> {
            Adoption adoption = Adoption.of(entry.key(), entry.value());
            String tail = entry.key().substring(Keys.ADOPTED.length());
            long assigned = generations.getOrDefault(tail, 0L);
            if (assigned == adoption.to() || assigned != adoption.from()) adoptions.put(InstanceId.parse(tail.substring(host.length() + 1)), adoption);
        });
        return adoptions;
    }

    private interface Sink {
        void take(Entry entry);
    }

    private void each(String prefix, Sink sink) {
        String after = "";
        Page page;
        do {
            page = store.list(prefix, after, Limits.PAGE, 0);
            page.entries().forEach(sink::take);
            if (!page.entries().isEmpty()) after = page.entries().getLast().key();
        } while (page.more());
    }
}
