/**
 * Tasks of a Portier queue become services. {@link concierge.source.portier.Portier} drives the core, {@link
 * concierge.source.portier.PortierCore}, which decides: what to claim, to run, to stop, to give back; its rooms are named there. {@link
 * concierge.source.portier.TaskTypes} says how a task of a type is run. Start with the core.
 */
@NullMarked
package concierge.source.portier;

import org.jspecify.annotations.NullMarked;
