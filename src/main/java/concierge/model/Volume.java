package concierge.model;

import java.util.Optional;

/**
 * Storage that outlives instances.
 *
 * @param host an absolute path on the host; empty: a volume that Concierge keeps, one for each
 *     (stack, service, instance number, container path), so that no two services share it by accident
 * @param container the absolute path inside
 */
public record Volume(Optional<String> host, String container) {
    public Volume {
        host.ifPresent(path -> Check.that(path.startsWith("/"), path, "volume", "an absolute host path"));
        Check.that(container.startsWith("/"), container, "volume", "an absolute container path");
    }
}
