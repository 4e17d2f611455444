package concierge.agent;

import concierge.model.HostRecord;
import java.io.IOException;

/** Another agent has the name that this one was given. */
public final class HostTakenException extends IOException {
    private static final long serialVersionUID = 1;

    HostTakenException(HostRecord other) {
        super(message(other));
    }

    static String message(HostRecord other) {
        String process = other.process().map(it -> it + ", ").orElse("");
        return "host " + other.name() + " is served by another agent (" + process + "at " + String.join(", ", other.addresses())
                + "; expected: a name of its own for each; choose one with --name or host.name, or stop the other)";
    }
}
