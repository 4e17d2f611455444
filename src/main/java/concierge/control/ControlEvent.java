package concierge.control;

import concierge.model.View;
import concierge.store.CommitResult;
import java.util.OptionalLong;

/** What the leader's core is told. */
public sealed interface ControlEvent {
    /** A newer view; those in between may have been left out. Its dirty set is not used. */
    record ViewChanged(View view) implements ControlEvent {}

    /** @param fence creation revision of the leader's key */
    record Elected(long fence) implements ControlEvent {}

    record Deposed() implements ControlEvent {}

    /** How a commit went. */
    record Answered(String id, CommitResult result) implements ControlEvent {}

    /** What the store knows of a commit in doubt; {@code reachable} is false when it could not be asked. */
    record Recalled(String id, OptionalLong committed, boolean reachable) implements ControlEvent {}

    /** An instant that was asked for has come. */
    record Woke() implements ControlEvent {}
}
