/**
 * The key contract: {@link concierge.state.Keys} maps keys to model values and back over any {@link
 * concierge.store.Store}; the incremental view and the election are here too.
 */
@NullMarked
package concierge.state;

import org.jspecify.annotations.NullMarked;
