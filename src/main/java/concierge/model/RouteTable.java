package concierge.model;

import java.util.List;

/**
 * All that a router has to know, at one revision of the store.
 *
 * @param sites the folder under which site contents are unpacked, one folder a digest; absolute
 */
public record RouteTable(String installation, long revision, String sites, List<Route> routes) {
    public RouteTable {
        routes = List.copyOf(routes);
    }
}
