/**
 * Changes of what is there: scale, stop, restart, removal, hosts, secrets, access. {@link
 * concierge.server.change.StackHandlers} is the usual one to read first.
 */
@NullMarked
package concierge.server.change;

import org.jspecify.annotations.NullMarked;
