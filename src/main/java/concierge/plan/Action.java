package concierge.plan;

import concierge.model.Assignment;
import concierge.model.Deployment;
import concierge.model.InstanceId;
import concierge.model.Move;
import concierge.model.ServiceId;

/** One thing the leader will commit. Applying it again changes nothing. */
public sealed interface Action {
    Reason reason();

    /**
     * Gives an instance to a host: allocation, empty deployment entry and assignment are created together.
     *
     * @param pin also write the host into the pin table (first placement of a pinned instance)
     */
    record Place(Assignment assignment, boolean pin, Reason reason) implements Action {}

    /** Tells the agent to stop this generation; final. */
    record Stop(Assignment assignment, long generation, Reason reason) implements Action {}

    /**
     * Removes all that the state says of a generation that has ended; frees number and resources.
     *
     * @param unheard nobody said that it ended, because its host is lost: only as long as that is not back
     */
    record Release(InstanceId instance, String host, long generation, boolean unheard, Reason reason) implements Action {}

    /** Forgets the pin of an instance that nobody wants any more. */
    record Unpin(InstanceId instance, Reason reason) implements Action {}

    /** Notes why an instance is not placed now; an empty text takes the note away. */
    record Note(InstanceId instance, String text, Reason reason) implements Action {}

    /**
     * Ends a move: it was made, or will not be.
     *
     * @param revision at which it was written
     */
    record EndMove(Move move, long revision, Reason reason) implements Action {}

    /** Removes the intent of a tag that a finished deployment replaces. */
    record Withdraw(ServiceId service, Reason reason) implements Action {}

    /** Ends a deployment. */
    record Conclude(Deployment deployment, Reason reason) implements Action {}
}
