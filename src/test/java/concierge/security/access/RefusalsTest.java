package concierge.security.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import concierge.store.memory.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RefusalsTest {
    private final MemoryStore store = new MemoryStore(InstantSource.system());
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
    private final Audit audit = new Audit(store, now::get);
    private final Refusals refusals = new Refusals(store, now::get);

    @AfterEach
    void close() {
        store.close();
    }

    private void knock(String target) {
        refusals.note(Optional.empty(), "10.0.0.9", "deploy", target, "unauthorized: this needs a token");
    }

    private void noted(int entries) {
        await().atMost(Duration.ofSeconds(10)).until(() -> audit.since(Instant.EPOCH).size() == entries);
    }

    @Test
    void theSameAgainIsCountedAndToldWithTheNext() {
        for (int i = 0; i < 5; i++) knock("shop");
        noted(1);
        now.set(now.get().plus(Refusals.WINDOW));
        knock("shop");
        noted(2);
        assertThat(audit.since(now.get()).getFirst().outcome()).isEqualTo("unauthorized: this needs a token (4 more refusals before it are not listed)");
    }

    @Test
    void aWindowHasNoMoreThanItsEntries() {
        for (int i = 0; i < 100; i++) knock("stack" + i);
        noted(Refusals.MOST);
        now.set(now.get().plus(Refusals.WINDOW));
        knock("last");
        noted(Refusals.MOST + 1);
        assertThat(audit.since(now.get()).getFirst().outcome()).contains("(90 more refusals before it");
    }

    @Test
    void whatStrangersSendIsShownAsPlainTextOfABoundedLength() {
        knock("\u001b[31mred\n" + "x".repeat(1000));
        noted(1);
        assertThat(audit.since(Instant.EPOCH).getFirst().target()).startsWith("?[31mred?x").hasSize(Refusals.LONGEST + 1).endsWith("…");
    }

    @Test
    void theOldestGoAndNoChangeWithThem() {
        audit.done(audit.begin(Caller.owner("ann", "127.0.0.1"), "deploy", "shop"));
        for (int i = 0; i < Refusals.KEPT / Refusals.MOST + 2; i++) {
            now.set(now.get().plus(Refusals.WINDOW));
            for (int j = 0; j < Refusals.MOST; j++) knock("stack" + j);
            noted(1 + (i + 1) * Refusals.MOST);
        }
        audit.prune();
        assertThat(audit.since(Instant.EPOCH)).hasSize(1 + Refusals.KEPT).first().extracting(AuditEntry::action).isEqualTo("deploy");
        assertThat(audit.since(Instant.EPOCH).getFirst().who()).isEqualTo("ann (local)");
    }
}
