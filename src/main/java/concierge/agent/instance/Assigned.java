package concierge.agent.instance;

import concierge.model.Assignment;
import concierge.model.InstanceId;
import concierge.model.ServiceSpec;
import java.util.Optional;

/**
 * An assignment as the store holds it.
 *
 * @param generation creation revision of its key
 * @param spec what its digest refers to; empty when the store does not have it
 */
public record Assigned(Assignment assignment, long generation, Optional<ServiceSpec> spec) {
    public InstanceId instance() {
        return assignment.instance();
    }

    public boolean isStopping() {
        return assignment.desired() == Assignment.Desired.stop;
    }
}
