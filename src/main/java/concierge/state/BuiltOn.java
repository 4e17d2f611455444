package concierge.state;

import concierge.store.Value;
import java.util.Optional;

/**
 * Where an image was built, and where else it is to be had.
 *
 * @param id of its content: two engines make of one Dockerfile two images. Older versions wrote the engine's id
 * @param pushed where a registry gives it out, {@code registry/repository@sha256:…}; empty: nowhere
 */
public record BuiltOn(String host, String id, Optional<String> pushed) {
    /** One that is in no registry. */
    public BuiltOn(String host, String id) {
        this(host, id, Optional.empty());
    }

    /** Empty where the value has another form. */
    public static Optional<BuiltOn> of(Value value) {
        String[] parts = value.text().split(" ", -1);
        return switch (parts.length) {
            case 2 -> Optional.of(new BuiltOn(parts[0], parts[1]));
            case 3 -> Optional.of(new BuiltOn(parts[0], parts[1], Optional.of(parts[2])));
            default -> Optional.empty();
        };
    }

    /** {@code <host> <id>} and, where it was pushed, {@code <source>}, plain. */
    public Value value() {
        return Value.of(host + " " + id + pushed.map(source -> " " + source).orElse(""));
    }

    public BuiltOn withPushed(String source) {
        return new BuiltOn(host, id, Optional.of(source));
    }
}
