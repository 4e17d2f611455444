package concierge.state;

import concierge.store.Value;
import java.util.Optional;

/**
 * Where an image was built.
 *
 * @param id the engine's id of it: two engines make of one Dockerfile two images
 */
public record BuiltOn(String host, String id) {
    /** Empty where the value has another form. */
    public static Optional<BuiltOn> of(Value value) {
        String[] parts = value.text().split(" ", -1);
        return parts.length == 2 ? Optional.of(new BuiltOn(parts[0], parts[1])) : Optional.empty();
    }

    /** {@code <host> <id>}, plain. */
    public Value value() {
        return Value.of(host + " " + id);
    }
}
