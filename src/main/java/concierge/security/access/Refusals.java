package concierge.security.access;

import concierge.json.Json;
import concierge.state.Keys;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import concierge.store.Value;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notes in the audit who was refused, apart from what was changed: whoever knocks without end crowds out no entry of a
 * change, and costs the state little. Never waits; thread-safe.
 */
public final class Refusals {
    /** About 150 KB of state; the older ones go, see {@link Audit#prune}. */
    public static final int KEPT = 500;

    /** Entries a {@link #WINDOW} and server: enough to see each of several people who try, too few to fill anything. */
    static final int MOST = 10;

    static final Duration WINDOW = Duration.ofMinutes(1);

    /** Of what strangers send, which stands in the reasons, too. */
    static final int LONGEST = 160;

    private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);

    private final Store store;
    private final InstantSource clock;
    /** Of this window: what was noted. The same again is counted. */
    private final Set<String> noted = new HashSet<>();
    private Instant began = Instant.MIN;
    private long leftOut;

    public Refusals(Store store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * @param who whose token it was; empty: nobody's that is known
     * @param outcome code and reason
     */
    public void note(Optional<TokenRecord> who, String from, String action, String target, String outcome) {
        AuditEntry entry = new AuditEntry(
                clock.instant(), who.map(TokenRecord::name).orElse("nobody"), who.map(TokenRecord::role).orElse(null), from, clean(action), clean(target), clean(outcome));
        Optional<String> outside = leftOut(entry);
        outside.ifPresent(text -> Thread.ofVirtual().name("audit refusal").start(() -> write(entry, text)));
    }

    /** Empty: this one is only counted; else how many were, to be told with it. */
    private synchronized Optional<String> leftOut(AuditEntry entry) {
        // Also a clock that was set back begins a new one.
        if (Duration.between(began, entry.at()).abs().compareTo(WINDOW) >= 0) {
            began = entry.at();
            noted.clear();
        }
        String same = String.join("\n", entry.who(), entry.from(), entry.action(), entry.target(), entry.outcome());
        if (noted.size() >= MOST || !noted.add(same)) {
            leftOut++;
            return Optional.empty();
        }
        String text = leftOut == 0 ? "" : " (" + leftOut + " more refusals before it are not listed)";
        leftOut = 0;
        return Optional.of(text);
    }

    private void write(AuditEntry entry, String leftOut) {
        AuditEntry told = new AuditEntry(entry.at(), entry.who(), entry.role(), entry.from(), entry.action(), entry.target(), entry.outcome() + leftOut);
        String key = Keys.refused(Audit.id(entry.at()));
        try {
            var _ = store.commit(Transaction.id("refusal-" + UUID.randomUUID()).put(key, Value.of(Json.write(told))).build());
        } catch (StoreException e) {
            LOG.info("refusal not noted in the audit entry={} reason={}", told, e.getMessage());
        }
    }

    private static String clean(String text) {
        String plain = text.replaceAll("[^\\p{L}\\p{N}\\p{P}\\p{S} ]", "?");
        return plain.length() <= LONGEST ? plain : plain.substring(0, LONGEST) + "…";
    }
}
