/**
 * The REST API: thin adapters from HTTP to the store and the view. {@link concierge.server.ApiServer} serves what {@link
 * concierge.server.Operations} lists, made of {@link concierge.server.ApiParts}; {@code server.http} is the way of a
 * request, {@code server.deploy} what a deployment does, {@code server.home} the folder a server owns.
 */
@NullMarked
package concierge.server;

import org.jspecify.annotations.NullMarked;

