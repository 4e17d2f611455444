/**
 * A store in memory, for tests and simulation: the same contract and limits as the others, no durability.
 * Start with {@link concierge.store.memory.MemoryStore}.
 */
@NullMarked
package concierge.store.memory;

import org.jspecify.annotations.NullMarked;
