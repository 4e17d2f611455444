package concierge.plan;

import concierge.model.InstanceView;
import org.jspecify.annotations.Nullable;

/**
 * A number of a service that has to get a host.
 *
 * @param previous the ended or lost generation that makes way when it gets one; null for a new number
 */
record Need(int n, @Nullable InstanceView previous) {}
