/**
 * What agents and servers of one installation ask each other: output, commands inside of instances, volumes, images
 * (builds of them, too), uploads, whether routers have taken note, and to leave an installation that is given up. Start with {@link concierge.peer.PeerListener}, which answers, and {@link
 * concierge.peer.Peers}, which asks; {@link concierge.peer.Link} is the connection between two of them, {@link
 * concierge.peer.Question} what can be asked over it.
 */
@NullMarked
package concierge.peer;

import org.jspecify.annotations.NullMarked;
