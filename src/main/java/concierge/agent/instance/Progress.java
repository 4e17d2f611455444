package concierge.agent.instance;

import concierge.model.InstanceState;
import concierge.model.Status;

/**
 * The order of an instance's states. Within a generation the pair (restarts, phase) never falls, where
 * {@code running} and {@code ready} are one phase: health comes and goes. A restart counts {@link
 * Status#restarts} up and goes back to {@code starting}. A final state is never left, and {@code stopping}
 * only for a final one.
 */
public final class Progress {
    private Progress() {}

    /** Whether an agent may report {@code after} where it reported {@code before}. */
    public static boolean mayFollow(Status before, Status after) {
        if (after.generation() != before.generation()) return after.generation() > before.generation();
        if (before.state().isFinal()) return after.state() == before.state();
        if (after.restarts() != before.restarts())
            return after.restarts() > before.restarts() && before.state() != InstanceState.stopping;
        return phase(after.state()) >= phase(before.state());
    }

    public static int phase(InstanceState state) {
        return switch (state) {
            case assigned -> 0;
            case preparing -> 1;
            case starting -> 2;
            case running, ready -> 3;
            case stopping -> 4;
            case stopped, failed, lost, completed -> 5;
        };
    }
}
