/**
 * Real servers for tests, started as children on private sockets and gone afterwards. Start with
 * {@link concierge.testing.DockerEngine}; {@link concierge.testing.EngineCluster} is several machines with one each.
 */
@NullMarked
package concierge.testing;

import org.jspecify.annotations.NullMarked;
