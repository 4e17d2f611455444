package concierge.plan;

import concierge.model.ServiceId;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;

/**
 * The planner's decision for the dirty services of one view.
 *
 * @param revision of the view it was made from
 * @param actions in the order in which they are to be committed
 * @param wakeAt when to plan again although nothing changed (a monitored rollout, say)
 * @param waiting the services that are to be planned then
 */
public record Plan(long revision, List<Action> actions, Optional<Instant> wakeAt, SortedSet<ServiceId> waiting) {
    public Plan {
        actions = List.copyOf(actions);
        waiting = Collections.unmodifiableSortedSet(waiting);
    }
}
