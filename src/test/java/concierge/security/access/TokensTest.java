package concierge.security.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import concierge.state.Followed;
import concierge.state.Keys;
import concierge.store.GatedStore;
import concierge.store.StoreException;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tokens while the store is away. */
class TokensTest {
    private final MemoryStore memory = new MemoryStore(InstantSource.system());
    private final AtomicBoolean away = new AtomicBoolean();
    private final Followed remembered = new Followed(memory, Keys.TOKENS);
    private final Tokens tokens = new Tokens(new GatedStore(() -> {
        if (away.get()) throw new StoreException.Away("no answer");
        return memory;
    }), remembered::find, InstantSource.system());

    @AfterEach
    void close() {
        remembered.close();
        memory.close();
    }

    private String token(String name) {
        Tokens.Made made = tokens.make(name, Role.read, "me", Optional.empty());
        keep(made.record());
        return made.text();
    }

    private void keep(TokenRecord record) {
        String id = record.name() + record.revoked();
        memory.commit(Transaction.id(id).put(Keys.token(record.name()), Tokens.value(record)).build());
        await().atMost(Duration.ofSeconds(10)).until(() -> remembered.find(Keys.token(record.name())).equals(Optional.of(Tokens.value(record))));
    }

    @Test
    void whoOnlyLooksIsKnownWhileTheStoreIsAway() {
        String eye = token("eye");
        away.set(true);
        assertThat(tokens.look(eye, "10.0.0.9", true)).isInstanceOf(Tokens.Verdict.Holder.class);
        assertThat(tokens.look("eye." + "0".repeat(64), "10.0.0.9", true)).isInstanceOf(Tokens.Verdict.Refused.class);
        assertThatThrownBy(() -> tokens.look(eye, "10.0.0.9", false)).as("what changes something needs the store anyway").isInstanceOf(StoreException.Away.class);
        assertThatThrownBy(() -> tokens.look("ghost." + "0".repeat(64), "10.0.0.9", true)).as("it may have been made meanwhile").isInstanceOf(StoreException.Away.class);
    }

    @Test
    void whoWasRevokedBeforeStaysOut() {
        String eye = token("eye");
        keep(tokens.revoked(tokens.find("eye").orElseThrow().token()));
        away.set(true);
        assertThat(tokens.look(eye, "10.0.0.9", true)).isInstanceOfSatisfying(Tokens.Verdict.Refused.class, it -> assertThat(it.reason()).startsWith("the token eye was revoked at "));
    }
}
