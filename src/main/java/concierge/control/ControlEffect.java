package concierge.control;

import concierge.model.Deployment;
import concierge.model.ServiceId;
import concierge.store.Transaction;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** What the leader's core asks for; {@link Commits} carries out what concerns the store. */
public sealed interface ControlEffect {
    /** To be answered by {@link ControlEvent.Answered}. */
    sealed interface Write extends ControlEffect {
        String id();
    }

    record Commit(Transaction transaction) implements Write {
        @Override
        public String id() {
            return transaction.id();
        }
    }

    /**
     * Ends a deployment, removes replaced intents and moves the domains, in one commit, unless a user changed one of them
     * after the view that this was planned from.
     *
     * @param last whether nothing is left to be withdrawn after it: more than fits into one commit is withdrawn in several
     * @param since the revision of that view
     */
    record Conclude(String id, long fence, List<ServiceId> withdrawn, Deployment ended, boolean last, long since)
            implements Write {}

    /** Keeps new instances away from a host for a time, and says why; nothing depends on its outcome. */
    record Calm(String host, String why, Duration time, long fence) implements ControlEffect {}

    /** To be answered by {@link ControlEvent.Recalled}. */
    record Recall(String id) implements ControlEffect {}

    /** Which hosts are given up now: for whoever wants to plan as this leader would. */
    record GivenUp(Set<String> hosts) implements ControlEffect {}

    /** To be answered by {@link ControlEvent.Woke} at that instant or soon after. */
    record WakeAt(Instant at) implements ControlEffect {}
}
