package concierge.peer;

import concierge.store.Value;
import java.util.Optional;

/**
 * What the state tells of where somebody answers.
 *
 * @param address {@code 10.0.0.2:41233}; one of IPv6 stands in brackets
 * @param member whose certificate that one shows: a Swarm is asked through one of its managers
 */
public record Listed(String address, String member) {
    /** Empty where the value has another form. */
    static Optional<Listed> of(Value value) {
        String[] parts = value.text().split(" ", -1);
        return parts.length == 2 ? Optional.of(new Listed(parts[0], parts[1])) : Optional.empty();
    }

    /** {@code <address> <member>}, plain. */
    Value value() {
        return Value.of(address + " " + member);
    }
}
