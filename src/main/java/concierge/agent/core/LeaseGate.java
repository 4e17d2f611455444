package concierge.agent.core;

/**
 * Whether others take this host for there: only then what {@link concierge.model.ServiceSpec#stopsWhenLost stops when
 * lost} may start, and when they may not any more, it has to stop. Confined to the core.
 */
final class LeaseGate {
    private enum State {
        /** Not yet known: what runs was started while it was held. */
        unknown,
        held,
        lapsed
    }

    private State state = State.unknown;

    boolean isHeld() {
        return state == State.held;
    }

    boolean hasLapsed() {
        return state == State.lapsed;
    }

    void held() {
        state = State.held;
    }

    void lapsed() {
        state = State.lapsed;
    }
}
