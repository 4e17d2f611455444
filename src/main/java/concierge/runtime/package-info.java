/**
 * The machinery that event-driven cores run on: one thread with an inbox, effects on virtual threads,
 * backoff. The cores themselves ({@code control}, {@code agent}) have no threads, locks or clocks.
 * Start with {@link concierge.runtime.Core} and {@link concierge.runtime.CoreLoop}.
 */
@NullMarked
package concierge.runtime;

import org.jspecify.annotations.NullMarked;
