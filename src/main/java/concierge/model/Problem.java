package concierge.model;

import java.util.Optional;

/**
 * A refusal that a user can act on.
 *
 * @param code stable, for programs: {@code unknown-key}, {@code port-taken}
 * @param message what was found and what was expected: {@code scale: -1 (expected: ≥ 0)}
 * @param hint what to do; empty where the message says it already
 */
public record Problem(String code, String message, String hint, Optional<Location> location) {
    public static Problem of(String code, String message, String hint) {
        return new Problem(code, message, hint, Optional.empty());
    }

    public Problem at(Location location) {
        return new Problem(code, message, hint, Optional.of(location));
    }

    @Override
    public String toString() {
        String text = location.map(place -> place + ": ").orElse("") + message;
        return hint.isEmpty() ? text : text + "; " + hint;
    }
}
