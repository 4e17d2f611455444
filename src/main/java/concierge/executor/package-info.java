/**
 * The executor's contract: nine idempotent verbs over one technology that runs instances. Start with
 * {@link concierge.executor.Executor}; drivers live in subpackages and all pass the same abstract test
 * suite.
 */
@NullMarked
package concierge.executor;

import org.jspecify.annotations.NullMarked;
