/**
 * The REST API: thin adapters from HTTP to the store and the view. Start with {@link
 * concierge.server.ApiServer}, which lists every operation; {@link concierge.server.Deploys} is what a
 * deployment does; {@link concierge.server.ServerHome} is the folder a server owns.
 */
@NullMarked
package concierge.server;

import org.jspecify.annotations.NullMarked;
