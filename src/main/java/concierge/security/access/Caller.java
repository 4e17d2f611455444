package concierge.security.access;

import java.util.Optional;

/**
 * Who asks.
 *
 * @param name of the token, or what stands for those who have none
 * @param from the address that the request came from
 * @param token what proved it; empty: the file in the server's home, or nothing
 */
public record Caller(String name, Role role, String from, Optional<TokenRecord> token) {
    /** Who can read the server's home. */
    public static Caller owner(String user, String from) {
        return new Caller(user + " (local)", Role.admin, from, Optional.empty());
    }

    /** Anybody on the server's machine. */
    public static Caller anybody(String from) {
        return new Caller("anybody (local)", Role.read, from, Optional.empty());
    }

    static Caller holder(TokenRecord token, String from) {
        return new Caller(token.name(), token.role(), from, Optional.of(token));
    }
}
