/**
 * The store's contract: an ordered tree of keys with revisions, conditional commits, watches and leases.
 * Start with {@link concierge.store.Store}. Implementations live in subpackages and all pass the same
 * abstract test suite.
 */
@NullMarked
package concierge.store;

import org.jspecify.annotations.NullMarked;
