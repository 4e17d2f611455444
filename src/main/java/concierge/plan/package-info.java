/**
 * The pure planner: {@link concierge.plan.Planner} turns a {@link concierge.model.View} into a {@link
 * concierge.plan.Plan}, an immutable list of {@link concierge.plan.Action}s, each with its {@link
 * concierge.plan.Reason}. No I/O, clock, randomness or logging.
 */
@NullMarked
package concierge.plan;

import org.jspecify.annotations.NullMarked;
