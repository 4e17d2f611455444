/**
 * The shapes that answers have, and the operations that only show: {@link concierge.server.answer.Shown} turns the
 * view into them, {@link concierge.server.answer.StateHandlers} serves them.
 */
@NullMarked
package concierge.server.answer;

import org.jspecify.annotations.NullMarked;
