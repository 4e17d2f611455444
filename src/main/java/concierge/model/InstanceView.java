package concierge.model;

import java.util.List;
import java.util.Optional;

/**
 * One allocated instance, as the state tells it.
 *
 * @param generation creation revision of the assignment's key
 * @param spec the specification it was assigned with
 * @param status what the agent said last of this generation; empty until it said anything
 * @param container what stands in the deployment table; empty until it exists
 * @param failures failed runs counted on its host
 */
public record InstanceView(
        Assignment assignment,
        long generation,
        ServiceSpec spec,
        Optional<Status> status,
        List<Endpoint> endpoints,
        String container,
        int failures) {
    public InstanceView {
        endpoints = List.copyOf(endpoints);
    }

    public InstanceId id() {
        return assignment.instance();
    }

    public String host() {
        return assignment.host();
    }

    public InstanceState state() {
        return status.map(Status::state).orElse(InstanceState.assigned);
    }

    public boolean isReady() {
        return state() == InstanceState.ready;
    }

    public boolean isStopping() {
        return assignment.desired() == Assignment.Desired.stop;
    }

    /** Whether it takes resources and fixed ports of its host: an ended run needs none. */
    public boolean occupies() {
        return !state().isFinal();
    }
}
