/**
 * The client's side of the REST API: {@link concierge.cli.client.Servers} finds the server of an
 * installation, {@link concierge.cli.client.Api} talks to it. HTTP is spoken by {@link
 * concierge.cli.client.Http} itself, because a client that lives for 100 ms pays more for the platform's
 * clients than for all else it does.
 */
@NullMarked
package concierge.cli.client;

import org.jspecify.annotations.NullMarked;
