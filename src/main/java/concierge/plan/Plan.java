package concierge.plan;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The planner's decision for the dirty services of one view.
 *
 * @param revision of the view it was made from
 * @param actions in the order in which they are to be committed
 * @param wakeAt when to plan again although nothing changed (a monitored rollout, say)
 */
public record Plan(long revision, List<Action> actions, Optional<Instant> wakeAt) {
    public Plan {
        actions = List.copyOf(actions);
    }
}
