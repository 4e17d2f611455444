/** The task queue, from both ends: claiming from one, and being one. */
@NullMarked
package concierge.cli.queue;

import org.jspecify.annotations.NullMarked;
