package concierge.security.access;

import concierge.json.Json;
import concierge.state.Keys;
import concierge.store.Entry;
import concierge.store.Limits;
import concierge.store.Page;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who changed what, under {@code /audit/}, in the order of time. Blocks as the store does; thread-safe. */
public final class Audit {
    /** About 1.5 MB of state; months of a team that deploys ten times a day. Older ones go. */
    public static final int KEPT = 5_000;

    private static final Logger LOG = LoggerFactory.getLogger(Audit.class);

    private final Store store;
    private final InstantSource clock;

    public Audit(Store store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    /** @param target what it is about, as far as that is known before */
    public Trail begin(Caller caller, String action, String target) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        return new Trail(id(now), new AuditEntry(now, caller.name(), caller.role(), caller.from(), action, target, Trail.DONE));
    }

    static String id(Instant at) {
        return "%013d-%s".formatted(at.toEpochMilli(), UUID.randomUUID().toString().substring(0, 8));
    }

    /** Carries out a change; its commits take the entry with them. */
    public static <T> T during(Trail trail, Callable<T> change) throws Exception {
        return ScopedValue.where(Trail.CURRENT, trail).call(change::call);
    }

    /** The change was carried out: the entry is written unless it went with it. */
    public void done(Trail trail) {
        if (!trail.isWritten()) write(trail, Trail.DONE);
    }

    /** It was not, or not wholly. What was refused before it changed anything is no change. */
    public void failed(Trail trail, String reason) {
        if (trail.isWritten()) write(trail, reason);
    }

    private void write(Trail trail, String outcome) {
        Transaction.Put put = trail.put(outcome);
        try {
            store.commit(Transaction.id("audit-" + UUID.randomUUID()).put(put.key(), put.value()).build());
        } catch (StoreException e) {
            // What was changed is changed; the log is what is left to tell it.
            LOG.warn("change not noted in the audit entry={} reason={}", put.value().text(), e.getMessage());
        }
    }

    /** What was changed and who was refused, oldest first. */
    public List<AuditEntry> since(Instant since) {
        String from = "%013d".formatted(Math.max(0, since.toEpochMilli()));
        List<AuditEntry> found = new ArrayList<>();
        for (String prefix : List.of(Keys.AUDIT, Keys.REFUSED)) {
            for (Entry entry : all(prefix)) {
                if (entry.key().compareTo(prefix + from) >= 0) found.add(Json.read(entry.value().text(), AuditEntry.class));
            }
        }
        found.sort(Comparator.comparing(AuditEntry::at));
        return found;
    }

    private List<Entry> all(String prefix) {
        List<Entry> all = new ArrayList<>();
        Page page = store.list(prefix, "", Limits.PAGE, 0);
        all.addAll(page.entries());
        while (page.more()) {
            page = store.list(prefix, page.entries().getLast().key(), Limits.PAGE, 0);
            all.addAll(page.entries());
        }
        return all;
    }

    /** Takes away the oldest beyond {@link #KEPT}, and beyond {@link Refusals#KEPT}. */
    public void prune() {
        prune(Keys.AUDIT, KEPT);
        prune(Keys.REFUSED, Refusals.KEPT);
    }

    private void prune(String prefix, int kept) {
        List<Entry> all = all(prefix);
        int surplus = all.size() - kept;
        for (int from = 0; from < surplus; from += Limits.OPERATIONS) {
            Transaction.Builder to = Transaction.id("audit-" + UUID.randomUUID());
            all.subList(from, Math.min(surplus, from + Limits.OPERATIONS)).forEach(entry -> to.delete(entry.key()));
            store.commit(to.build());
        }
    }
}
