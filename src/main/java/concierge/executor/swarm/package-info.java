/**
 * Runs instances on a Docker Swarm that is there already: one Swarm service with one replica an instance, so that
 * each can be stopped, replaced and told apart, and Swarm places and restarts it. Start with {@link
 * concierge.executor.swarm.SwarmExecutor}, the nine verbs. Below it: {@code Services} (what is asked for, made by
 * {@code ServiceRequest} and {@code SwarmOptions}), {@code Tasks} (what Swarm says of it) and {@code Members} (its
 * nodes); {@code OverlayNetworks}, {@code SwarmSecrets}, {@code Pins} (what it needs); {@code TaskLogs}, {@code
 * TaskWatch} (what comes back).
 */
@NullMarked
package concierge.executor.swarm;

import org.jspecify.annotations.NullMarked;
