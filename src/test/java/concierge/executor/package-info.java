/** The contract suite that every executor passes: {@link concierge.executor.ExecutorContract}. */
@NullMarked
package concierge.executor;

import org.jspecify.annotations.NullMarked;
