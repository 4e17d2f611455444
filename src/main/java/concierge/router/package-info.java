/**
 * The router: one process that takes requests for all domains and hands them to ready instances or serves
 * static sites. Start with {@link concierge.router.Router}; {@code RouteIndex} is the pure part (which
 * domain wins), {@code Proxy} the moving one; a {@link concierge.follow.TableFollower} keeps the table current.
 */
@NullMarked
package concierge.router;

import org.jspecify.annotations.NullMarked;
