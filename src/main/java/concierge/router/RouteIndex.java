package concierge.router;

import concierge.model.Route;
import concierge.model.RouteTable;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Which route a host name belongs to: the exact domain, else the longest wildcard that covers it. {@code
 * *.shop.example} covers every name below {@code shop.example}, not that itself. Immutable.
 */
final class RouteIndex {
    private final Map<String, Route> exact = new HashMap<>();
    private final Map<String, Route> wildcards = new HashMap<>();

    RouteIndex(RouteTable table) {
        for (Route route : table.routes()) {
            String domain = normal(route.domain());
            if (domain.startsWith("*.")) {
                wildcards.putIfAbsent(domain.substring(2), route);
            } else {
                exact.putIfAbsent(domain, route);
            }
        }
    }

    /** @param host as {@link #hostOf} gives it */
    Optional<Route> find(String host) {
        Route found = exact.get(host);
        for (int dot = host.indexOf('.'); found == null && dot >= 0; dot = host.indexOf('.', dot + 1)) {
            if (dot > 0) found = wildcards.get(host.substring(dot + 1));
        }
        return Optional.ofNullable(found);
    }

    /** The name in a {@code Host} header: lower case, without port and without a closing dot. */
    static String hostOf(String header) {
        String text = header.strip();
        if (text.startsWith("[")) {
            int end = text.indexOf(']');
            return end < 0 ? normal(text) : normal(text.substring(0, end + 1));
        }
        int colon = text.indexOf(':');
        return normal(colon < 0 ? text : text.substring(0, colon));
    }

    private static String normal(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }
}
