/**
 * What happened: {@link concierge.server.events.Chronicle} tells it from the view, {@link
 * concierge.server.events.EventLog} keeps it, bounded, in a file.
 */
@NullMarked
package concierge.server.events;

import org.jspecify.annotations.NullMarked;
