package concierge.server.http;

import concierge.security.Token;
import concierge.security.access.Caller;
import concierge.security.access.Role;
import concierge.security.access.Tokens;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who may ask. A browser on this machine can be made to send requests to loopback ports by any page it
 * shows; so the {@code Host} must be a name of ours (a page whose name was rebound to 127.0.0.1 sends its
 * own), and an {@code Origin} must be the server's own. Over plain HTTP, which loopback alone has, anybody may read; all
 * else, and everything that comes over TLS, needs a token with a role.
 */
public final class Guard {
    private static final Pattern HOST = Pattern.compile("(\\[[0-9a-fA-F:.]{2,45}]|[A-Za-z0-9._-]{1,253})(:[0-9]{1,5})?");
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[::1]");
    private static final String SCHEME = "Bearer ";

    private final Token token;
    private final Tokens tokens;
    private final Set<String> names;
    private final Supplier<Set<String>> certified;

    /**
     * @param token the file's in the home: whoever has it is the owner
     * @param names further host names under which the API may be asked, lower case
     * @param certified the names and addresses in the certificate that is shown, wildcards among them
     */
    public Guard(Token token, Tokens tokens, Set<String> names, Supplier<Set<String>> certified) {
        this.token = token;
        this.tokens = tokens;
        this.names = Set.copyOf(names);
        this.certified = certified;
    }

    /**
     * @param secure whether the request came over TLS
     * @param hosts all {@code Host} headers: of two, somebody between may have looked at the other one
     * @throws Refusal when the request does not come from whom it should
     */
    void checkCaller(boolean secure, List<String> hosts, @Nullable String origin) {
        String host = hosts.isEmpty() ? null : String.join(", ", hosts);
        if (host == null || !isOurs(secure, host)) {
            throw Refusal.of(
                    Code.forbidden,
                    "Host: " + (host == null ? "absent" : host) + " (expected: " + (secure ? "a name of the server's certificate" : "a loopback name") + " or a configured one)",
                    secure ? "add the name to api.names" : "ask 127.0.0.1, or add the name to api.names");
        }
        String own = (secure ? "https://" : "http://") + host;
        if (origin != null && !origin.equalsIgnoreCase(own)) {
            throw Refusal.of(Code.forbidden, "Origin: " + origin + " (expected: " + own + ")", "other sites' pages may not use this API");
        }
    }

    private boolean isOurs(boolean secure, String host) {
        var parts = HOST.matcher(host);
        if (!parts.matches()) return false;
        String name = parts.group(1).toLowerCase(Locale.ROOT);
        if (LOOPBACK.matcher(name).matches() || names.contains(name)) return true;
        if (!secure) return false;
        String plain = name.replaceAll("^\\[|]$", "");
        Set<String> certain = certified.get();
        return certain.contains(plain) || certain.contains(plain.replaceFirst("^[^.]+", "*")) || certain.contains(literal(plain));
    }

    /** The one form in which addresses are compared. */
    private static String literal(String name) {
        try {
            return name.contains(":") ? java.net.InetAddress.ofLiteral(name).getHostAddress() : name;
        } catch (IllegalArgumentException _) {
            return name;
        }
    }

    /**
     * Who asks, if that can be told without reading the state; empty: {@link #caller} tells.
     *
     * @throws Refusal as there
     */
    Optional<Caller> known(boolean secure, Access.Rule rule, @Nullable String authorization, String from) {
        if (token.matches(authorization)) return Optional.of(Caller.owner(System.getProperty("user.name", "owner"), from));
        if (rule.role().isEmpty() || !secure && rule.role().get() == Role.read) return Optional.of(Caller.anybody(from));
        if (authorization == null) throw unauthorized("this needs a token", secure);
        return Optional.empty();
    }

    /** Whose token it is. Reads the state; while that is away, what only looks is answered from memory. */
    Tokens.Verdict look(Access.Rule rule, String authorization, String from) {
        boolean scheme = authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
        boolean looks = rule.role().filter(Role.read::equals).isPresent() && !rule.isChange();
        return tokens.look(scheme ? authorization.substring(SCHEME.length()).strip() : "", from, looks);
    }

    /**
     * Who asks, by what was found of his token.
     *
     * @throws Refusal {@code unauthorized} when that is nobody we know, {@code forbidden} when it is not for him
     */
    Caller caller(boolean secure, Access.Rule rule, Tokens.Verdict verdict) {
        return switch (verdict) {
            case Tokens.Verdict.Refused(String reason, _) -> throw unauthorized(reason, secure);
            case Tokens.Verdict.Holder(Caller caller) -> {
                Role needed = rule.role().orElse(Role.read);
                if (!caller.role().includes(needed)) {
                    throw Refusal.of(Code.forbidden, "the token " + caller.name() + " has the role " + caller.role() + " (expected: " + needed + ")",
                            "ask an administrator for one: concierge token create NAME --role " + needed);
                }
                yield caller;
            }
        };
    }

    private static Refusal unauthorized(String what, boolean secure) {
        return Refusal.of(Code.unauthorized, what,
                secure ? "send Authorization: Bearer <token>; an administrator makes one: concierge token create NAME --role deploy"
                        : "send Authorization: Bearer <content of $CONCIERGE_HOME/token>");
    }

    /**
     * Whether somebody who was let in would still be. Reads the state.
     *
     * @return the refusal, if not
     */
    Optional<Refusal> ended(Caller caller) {
        return caller.token().filter(held -> !tokens.holds(held)).map(held -> Refusal.of(
                Code.unauthorized, "the token " + held.name() + (tokens.holdsNow(held) ? " was revoked" : " ended"), "concierge login with another"));
    }
}
