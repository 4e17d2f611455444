package concierge.model;

import java.util.List;
import java.util.Optional;

/**
 * One virtual host of the router.
 *
 * @param domain exact ({@code shop.example}) or {@code *.} wildcard, lower case
 * @param service whom it belongs to
 * @param targets {@code ip:port} of the ready instances; empty: answered with 503 and the reason
 * @param site digest of the uploaded folder that is served instead; empty for a service
 */
public record Route(String domain, ServiceId service, List<String> targets, Optional<Digest> site) {
    public Route {
        targets = List.copyOf(targets);
    }
}
