/**
 * A whole cluster in one thread and virtual time: real cores over a pumped store and engines that fail, driven by
 * a seed. Start with {@link concierge.simulation.SimulationTest} and {@link concierge.simulation.World}.
 */
@NullMarked
package concierge.simulation;

import org.jspecify.annotations.NullMarked;
