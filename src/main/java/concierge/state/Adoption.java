package concierge.state;

import concierge.store.StoreException;
import concierge.store.Value;

/**
 * The state was brought here from another store, where the instance had another generation: a generation
 * is the revision at which its assignment was created, and revisions cannot be brought along. What runs
 * goes on under the old one until it is removed. Stands under {@code /adopted/<host>/<instance>}, plain:
 * {@code from to}.
 *
 * @param from the generation that what runs was made with
 * @param to the generation here; while the assignment has another one, this says nothing
 */
public record Adoption(long from, long to) {
    public Value value() {
        return Value.of(from + " " + to);
    }

    /** @throws StoreException when it is none */
    public static Adoption of(String key, Value value) {
        String text = value.text();
        if (!text.matches("[0-9]{1,18} [0-9]{1,18}")) throw new StoreException(key + ": " + text + " (expected: two generations)");
        int blank = text.indexOf(' ');
        return new Adoption(Long.parseLong(text.substring(0, blank)), Long.parseLong(text.substring(blank + 1)));
    }
}
