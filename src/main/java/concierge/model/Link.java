package concierge.model;

import java.util.Optional;

/** A service whose endpoints come into the environment; {@code stack} is empty for one's own stack. */
public record Link(Optional<String> stack, String service) {
    public Link {
        stack.ifPresent(Names::requireStack);
        Names.requirePart(service, "link");
    }

    /** The prefix of its variables: {@code MONGO}, or {@code OTHERSTACK_MONGO}. */
    public String variablePrefix() {
        return Names.environment(stack.map(name -> name + "_" + service).orElse(service));
    }

    @Override
    public String toString() {
        return stack.map(name -> name + "/" + service).orElse(service);
    }
}
