/**
 * A host's single-threaded core: {@link concierge.agent.core.AgentCore} takes an {@link concierge.agent.core.AgentEvent}
 * and answers with {@link concierge.agent.core.AgentEffect}s. {@link concierge.agent.core.Supervisor} brings each {@link
 * concierge.agent.core.Instance} to what is assigned, {@code Takedown} ends it; {@code Life} is what happened in one of its
 * generations, {@code Restarts} what follows from that. No I/O, threads, clocks or randomness.
 */
@NullMarked
package concierge.agent.core;

import org.jspecify.annotations.NullMarked;
