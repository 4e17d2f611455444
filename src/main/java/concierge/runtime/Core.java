package concierge.runtime;

import java.time.Instant;
import java.util.List;

/**
 * A deterministic, single-threaded decision maker: the same events at the same instants give the same
 * effects. No I/O, blocking, threads, locks, futures, clocks or randomness inside (what is random comes
 * with a seed or an event). In production {@link CoreLoop} drives it; in simulation a seeded scheduler.
 *
 * @param <E> what it is told, a sealed type
 * @param <F> what it asks for, a sealed type; results come back as events
 */
public interface Core<E, F> {
    /** Takes one event at an instant that is never before the last one's; returns what is to be done. */
    List<F> step(E event, Instant now);
}
