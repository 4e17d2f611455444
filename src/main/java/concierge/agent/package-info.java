/**
 * One host's part: makes the host do what its assignments say, keeps it so, and reports. The decisions are
 * {@link concierge.agent.AgentCore}'s, a deterministic core; start there, then read {@code Supervisor} (what
 * to do next with one instance), with {@code Takedown} and {@code Readying} beside it, and {@code Engines}. {@link concierge.agent.Agent} drives it against a real store and real
 * executors.
 */
@NullMarked
package concierge.agent;

import org.jspecify.annotations.NullMarked;
