package concierge.source.portier;

import java.time.Duration;

/**
 * How this installation takes part.
 *
 * @param interval between two heartbeats
 * @param silence tasks are stopped when the queue has not answered for so long; zero: never
 * @param patience how long a claimed task may be without a place until it is given back
 * @param pause until a task that could not run is tried again
 */
public record PortierSettings(String endpoint, String identity, Duration interval, Duration silence, Duration patience, Duration pause) {}
