package concierge.security.access;

import concierge.json.Json;
import concierge.model.Digest;
import concierge.state.Keys;
import concierge.store.Entry;
import concierge.store.Limits;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Value;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.core.JacksonException;

/**
 * The tokens of the API's users, {@code <name>.<64 hex digits>}. Each look is a read of the state: a token that was
 * revoked through any server is refused by all at once. While the state cannot be read, those that are remembered let in who
 * only looks, at what is remembered, too. Blocks as the store does; thread-safe.
 */
public final class Tokens {
    /** A token each for people and machines of an installation; all are listed in one page. */
    public static final int MOST = Limits.PAGE;

    /** 256 bits: see {@link TokenRecord#hash}. */
    private static final int BYTES = 32;

    private static final SecureRandom RANDOM = new SecureRandom();

    private final Store store;
    private final Function<String, Optional<Value>> remembered;
    private final InstantSource clock;

    /** Without any memory. */
    public Tokens(Store store, InstantSource clock) {
        this(store, _ -> Optional.empty(), clock);
    }

    /** @param remembered a token's record by its key, as it was when the store answered last */
    public Tokens(Store store, Function<String, Optional<Value>> remembered, InstantSource clock) {
        this.remembered = remembered;
        this.store = store;
        this.clock = clock;
    }

    /** What a presented text is. */
    public sealed interface Verdict {
        record Holder(Caller caller) implements Verdict {}

        /**
         * @param reason what was found: {@code the token ci was revoked at …}
         * @param token which one it was; empty: none of ours
         */
        record Refused(String reason, Optional<TokenRecord> token) implements Verdict {}
    }

    /** A new token; its text is shown once and kept by nobody but its holder. */
    public record Made(String text, TokenRecord record) {}

    public Made make(String name, Role role, String by, Optional<Instant> expires) {
        byte[] random = new byte[BYTES];
        RANDOM.nextBytes(random);
        String text = name + "." + HexFormat.of().formatHex(random);
        return new Made(text, new TokenRecord(name, role, hash(text), by, now(), expires, Optional.empty()));
    }

    public TokenRecord revoked(TokenRecord token) {
        return token.revokedAt(now());
    }

    /** As people read it. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS);
    }

    /**
     * @param from the address that it came from
     * @param looks it is for something that only reads: what is remembered is enough where the store is away
     */
    public Verdict look(String presented, String from, boolean looks) {
        int dot = presented.lastIndexOf('.');
        Optional<TokenRecord> found = dot <= 0 ? Optional.empty() : record(presented.substring(0, dot), looks);
        // The same words whether there is none of that name or its secret is another: names are not for strangers.
        if (found.isEmpty() || !same(found.get().hash(), hash(presented))) return new Verdict.Refused("the token is not one of this installation's", Optional.empty());
        TokenRecord token = found.get();
        if (token.revoked().isPresent()) return new Verdict.Refused("the token " + token.name() + " was revoked at " + token.revoked().get(), found);
        if (!token.holds(clock.instant())) {
            return new Verdict.Refused("the token " + token.name() + " ended at " + token.expires().map(Instant::toString).orElse("?"), found);
        }
        return new Verdict.Holder(Caller.holder(token, from));
    }

    private Optional<TokenRecord> record(String name, boolean looks) {
        try {
            return find(name).map(Found::token);
        } catch (StoreException.Away e) {
            Optional<TokenRecord> known = looks ? remembered.apply(Keys.token(name)).map(Tokens::read) : Optional.empty();
            if (known.isEmpty()) throw e;
            return known;
        }
    }

    /** Whether what was accepted before still is. */
    public boolean holds(TokenRecord token) {
        return find(token.name()).map(Found::token).filter(now -> same(now.hash(), token.hash())).map(now -> now.holds(clock.instant())).orElse(false);
    }

    public boolean holdsNow(TokenRecord token) {
        return token.holds(clock.instant());
    }

    /** A token, and where it stands. */
    public record Found(TokenRecord token, Entry entry) {}

    public Optional<Found> find(String name) {
        return store.find(Keys.token(name)).map(entry -> new Found(read(entry.value()), entry));
    }

    /** By name. */
    public List<TokenRecord> list() {
        return store.list(Keys.TOKENS, "", MOST, 0).entries().stream().map(Entry::value).map(Tokens::read).toList();
    }

    public static Value value(TokenRecord token) {
        return Value.of(Json.write(token));
    }

    private static TokenRecord read(Value value) {
        try {
            return Json.read(value.text(), TokenRecord.class);
        } catch (JacksonException e) {
            throw new IllegalStateException("a token's record cannot be read (expected: a token of this program's)", e);
        }
    }

    private static boolean same(String hash, String other) {
        return MessageDigest.isEqual(hash.getBytes(StandardCharsets.US_ASCII), other.getBytes(StandardCharsets.US_ASCII));
    }

    private static String hash(String text) {
        return HexFormat.of().formatHex(Digest.sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
    }
}
