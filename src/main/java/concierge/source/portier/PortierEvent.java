package concierge.source.portier;

import concierge.model.View;
import java.util.List;

/** What the core is told. An operation's number is the one of the effect that asked for it. */
sealed interface PortierEvent {
    /**
     * @param fence revision at which our leadership began
     * @param revision at which the claims were read: a view from before says nothing of them
     */
    record Elected(long fence, long revision, List<Claim> claims) implements PortierEvent {}

    record Deposed() implements PortierEvent {}

    record ViewChanged(View view) implements PortierEvent {}

    record Beaten(long number, Answer answer) implements PortierEvent {}

    record Claimed(long operation, Answer answer) implements PortierEvent {}

    record Released(long operation, Answer answer) implements PortierEvent {}

    record Written(long operation, long revision) implements PortierEvent {}

    /** @param on everything is to be stopped and given back, and nothing claimed; false: as before */
    record Drain(boolean on) implements PortierEvent {}

    record Woke() implements PortierEvent {}
}
