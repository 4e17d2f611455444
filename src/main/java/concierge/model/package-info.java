/**
 * The nouns of Concierge: immutable records and sealed types that validate themselves. Depends on the
 * JDK alone; every other package may use it.
 *
 * <p>Start with {@link concierge.model.ServiceSpec} (what a user wants), {@link
 * concierge.model.Assignment} (what the leader decided), {@link concierge.model.Status} (what the agent
 * reports) and {@link concierge.model.View} (all of it at one revision: the planner's input).
 */
@NullMarked
package concierge.model;

import org.jspecify.annotations.NullMarked;
