/**
 * The router as the server sees it: {@link concierge.server.router.RouteHandlers} serves its table, {@link
 * concierge.server.router.Acks} knows which routers have which, {@link concierge.server.router.RouterKeeper} keeps
 * this machine's {@link concierge.server.router.RouterProcess} running.
 */
@NullMarked
package concierge.server.router;

import org.jspecify.annotations.NullMarked;
