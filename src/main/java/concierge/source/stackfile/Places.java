package concierge.source.stackfile;

import concierge.model.Location;
import java.util.HashMap;
import java.util.Map;

/**
 * Where the values of a service, or of the file's head, stand: for what shows only once all of it is read, or
 * when it is deployed.
 *
 * @param whole where it begins: the place of every value that is not written down itself
 * @param values by key, and what stands there where a key has several: {@code image}, {@code env.PORT},
 *     {@code domains.shop.example}, {@code link.infra/redis}, {@code expose.80/tcp}
 */
public record Places(Location whole, Map<String, Location> values) {
    public Places {
        values = Map.copyOf(values);
    }

    public Location of(String value) {
        return values.getOrDefault(value, whole);
    }

    /** Collects them while a mapping is read; the first place of a value counts. */
    static final class Notes {
        private final Location whole;
        private final Map<String, Location> values = new HashMap<>();

        Notes(Location whole) {
            this.whole = whole;
        }

        void note(String value, Location at) {
            values.putIfAbsent(value, at);
        }

        Places places() {
            return new Places(whole, values);
        }
    }
}
