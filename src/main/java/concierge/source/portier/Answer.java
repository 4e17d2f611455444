package concierge.source.portier;

import java.util.List;

/** What the queue says, or why it says nothing. */
public sealed interface Answer {
    /** @param type may be unknown here */
    record Available(String task, String type) {}

    /**
     * To a heartbeat; all of it as it was at one instant while the call lasted.
     *
     * @param unsayable tasks, ours or available, that cannot be asked for, as their names can be neither sent nor shown as they are; here they can
     */
    record Listing(List<String> claims, List<Available> available, List<Available> unsayable) implements Answer {
        public Listing {
            claims = List.copyOf(claims);
            available = List.copyOf(available);
            unsayable = List.copyOf(unsayable);
        }

        Listing(List<String> claims, List<Available> available) {
            this(claims, available, List.of());
        }
    }

    /** @param configuration JSON, to the letter as it came; empty in the answer to a release, which does not tell it */
    record Granted(String task, String type, String configuration) implements Answer {}

    /** 423: somebody has it; perhaps we. */
    record Locked() implements Answer {}

    /** 404: there is no such task. */
    record Gone() implements Answer {}

    /** 403, and not because of the identity: it is somebody else's, or nobody's. */
    record NotOurs() implements Answer {}

    record UnknownIdentity() implements Answer {}

    /** No answer, or none that can be understood: whether the call came through is not known. */
    record Unreachable(String reason) implements Answer {}
}
