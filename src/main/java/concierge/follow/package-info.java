/**
 * Following the server's streams of whole tables (routes, names), as the processes beside it do. Start with
 * {@link concierge.follow.TableFollower}; {@link concierge.follow.LastTable} keeps the last one for a start
 * without a server.
 */
@NullMarked
package concierge.follow;

import org.jspecify.annotations.NullMarked;
