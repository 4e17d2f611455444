/**
 * Both ends of the task queue, as the server has them: {@link concierge.server.queue.PortierHandlers} tells what this
 * installation runs for a queue; {@link concierge.server.queue.Queue} is one for others, served by {@link
 * concierge.server.queue.QueueListener} and filled through {@link concierge.server.queue.QueueHandlers}.
 */
@NullMarked
package concierge.server.queue;

import org.jspecify.annotations.NullMarked;
