package concierge.security.access;

import concierge.model.Names;
import java.time.Instant;
import java.util.Optional;

/**
 * A token as the state has it, under {@code /tokens/<name>}; who reads it learns no token.
 *
 * @param hash SHA-256 of the whole token, hex. A hash that is slow on purpose would protect what people think up; nobody
 *     guesses 256 random bits, however fast, and this one is computed at each request
 * @param by who made it
 * @param expires empty: never
 * @param revoked since when it is not accepted any more; kept so that its holder can be told
 */
public record TokenRecord(
        String name, Role role, String hash, String by, Instant created, Optional<Instant> expires, Optional<Instant> revoked) {
    public TokenRecord {
        if (!Names.isPart(name)) throw new IllegalArgumentException("token name: " + name + " (expected: 1 to 63 letters, digits, _, - or .)");
    }

    /** Whether it is accepted at an instant. */
    public boolean holds(Instant at) {
        return revoked.isEmpty() && expires.map(end -> at.isBefore(end)).orElse(true);
    }

    TokenRecord revokedAt(Instant at) {
        return new TokenRecord(name, role, hash, by, created, expires, Optional.of(at));
    }
}
