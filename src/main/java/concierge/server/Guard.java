package concierge.server;

import concierge.security.Token;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who may ask. A browser on this machine can be made to send requests to loopback ports by any page it
 * shows; so the {@code Host} must be a name of ours (a page whose name was rebound to 127.0.0.1 sends its
 * own), and an {@code Origin} must be the server's own. What changes something needs the token besides.
 */
final class Guard {
    private static final Pattern HOST = Pattern.compile("(\\[[0-9a-fA-F:.]{2,45}]|[A-Za-z0-9._-]{1,253})(:[0-9]{1,5})?");
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[::1]");

    private final Token token;
    private final Set<String> names;

    /** @param names further host names under which the API may be asked, lower case */
    Guard(Token token, Set<String> names) {
        this.token = token;
        this.names = Set.copyOf(names);
    }

    /**
     * @param hosts all {@code Host} headers: of two, somebody between may have looked at the other one
     * @throws Refusal when the request does not come from whom it should
     */
    void checkCaller(List<String> hosts, @Nullable String origin) {
        String host = hosts.isEmpty() ? null : String.join(", ", hosts);
        if (host == null || !isOurs(host)) {
            throw Refusal.of(
                    Code.forbidden,
                    "Host: " + (host == null ? "absent" : host) + " (expected: a loopback name or a configured one)",
                    "ask 127.0.0.1, or add the name to api.names");
        }
        if (origin != null && !origin.equalsIgnoreCase("http://" + host)) {
            throw Refusal.of(
                    Code.forbidden, "Origin: " + origin + " (expected: http://" + host + ")", "other sites' pages may not use this API");
        }
    }

    private boolean isOurs(String host) {
        var parts = HOST.matcher(host);
        if (!parts.matches()) return false;
        String name = parts.group(1).toLowerCase(Locale.ROOT);
        return LOOPBACK.matcher(name).matches() || names.contains(name);
    }

    /** @throws Refusal without the installation's token */
    void checkToken(@Nullable String authorization) {
        if (token.matches(authorization)) return;
        throw Refusal.of(
                Code.unauthorized,
                authorization == null ? "this needs a token" : "the token is not this installation's",
                "send Authorization: Bearer <content of $CONCIERGE_HOME/token>");
    }
}
