/**
 * What is told between a host's core and the rest of its instances, as values: {@link concierge.agent.instance.Assigned}
 * (what is wanted), {@link concierge.agent.instance.Facts} (what was said),
 * {@link concierge.agent.instance.Readiness} and {@link concierge.agent.instance.ProbeTarget} (how it is asked), its {@link
 * concierge.agent.instance.Environment}; {@link concierge.agent.instance.AgentLimits} names the bounds.
 */
@NullMarked
package concierge.agent.instance;

import org.jspecify.annotations.NullMarked;
