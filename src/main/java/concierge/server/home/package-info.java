/**
 * The folder that a running server owns, its lock, and what it announces there: {@link
 * concierge.server.home.ServerHome}. {@link concierge.server.home.Ports} finds a port when the usual one is taken.
 */
@NullMarked
package concierge.server.home;

import org.jspecify.annotations.NullMarked;
