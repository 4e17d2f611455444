/**
 * The leader: observe, plan, commit. {@link concierge.control.ControlCore} is the deterministic part;
 * {@link concierge.control.Leader} drives it with an election, a live view and a store; {@link
 * concierge.control.Forecast} plays a plan through without changing anything.
 */
@NullMarked
package concierge.control;

import org.jspecify.annotations.NullMarked;
