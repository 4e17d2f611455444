package concierge.plan;

import concierge.model.Deployment;
import concierge.model.InstanceView;
import concierge.model.Status;
import java.time.Instant;
import java.util.Optional;

/**
 * When the caller saw something happen, by its own clock: what other machines write as a time is for
 * people and not for timers.
 */
public interface Sightings {
    /** When a ready instance was first seen ready in a row. */
    Instant readySince(InstanceView instance);

    /** When an instance that is not ready yet was first seen; empty: that is not known. */
    Optional<Instant> begunSince(InstanceView instance);

    /** When an active deployment was first seen. */
    Instant activeSince(Deployment deployment);

    /**
     * Since when an active deployment waits for the same, in a row; told in each pass, so that anything else in between
     * begins anew.
     *
     * @param what it waits for; empty: for nothing that is counted
     */
    Instant waitsSince(Deployment deployment, String what);

    /** Takes the reported times: for a look from outside, where no timer depends on it. */
    Sightings REPORTED = new Sightings() {
        @Override
        public Instant readySince(InstanceView instance) {
            return instance.status().map(Status::since).orElse(Instant.EPOCH);
        }

        @Override
        public Optional<Instant> begunSince(InstanceView instance) {
            return instance.status().map(Status::since);
        }

        @Override
        public Instant activeSince(Deployment deployment) {
            return Instant.ofEpochSecond(deployment.started());
        }

        @Override
        public Instant waitsSince(Deployment deployment, String what) {
            return activeSince(deployment);
        }
    };
}
