package concierge.source.portier;

import concierge.model.ServiceSpec;
import java.time.Instant;
import java.util.Optional;

/** What the core asks for. */
sealed interface PortierEffect {
    /** To be answered by {@link PortierEvent.Beaten}. */
    record Beat(long number) implements PortierEffect {}

    /** To be answered by {@link PortierEvent.Claimed}. */
    record ClaimTask(long operation, String task) implements PortierEffect {}

    /** To be answered by {@link PortierEvent.Released}, or not at all where somebody else leads by now. */
    record ReleaseTask(long operation, long fence, String identity, String task) implements PortierEffect {}

    /**
     * One commit, repeated until it is known to be made; answered by {@link PortierEvent.Written}, or not at all where
     * somebody else leads by now.
     *
     * @param spec what is to run; empty: nothing
     * @param stopped wanted, but not now
     * @param kept whether the claim stays on record
     */
    record Write(long operation, long fence, Claim claim, Optional<ServiceSpec> spec, boolean stopped, boolean kept) implements PortierEffect {}

    /** To be answered by {@link PortierEvent.Woke} at that instant or soon after. */
    record WakeAt(Instant at) implements PortierEffect {}

    record Say(boolean warn, String text) implements PortierEffect {}

    /** For whoever asks how it is with the queue; the newest counts, and one that is not written is no harm. */
    record Tell(long fence, Standing standing) implements PortierEffect {}

    /** How far the draining is. */
    record Draining(Departure departure) implements PortierEffect {}

    /** Nothing runs or is claimed any more. */
    record Drained() implements PortierEffect {}
}
