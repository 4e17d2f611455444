/**
 * One host's part: makes the host do what its assignments say, keeps it so, and reports. {@code agent.core} decides;
 * start there. {@link concierge.agent.Agent} drives it against a real store and real executors, {@link
 * concierge.agent.HostHeartbeat} says that the host lives, {@link concierge.agent.Machine} what it has; {@link
 * concierge.agent.ImageKeeper} removes images that nobody needs.
 */
@NullMarked
package concierge.agent;

import org.jspecify.annotations.NullMarked;

