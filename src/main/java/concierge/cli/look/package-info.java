/**
 * What is there and what happened: ps, hosts, logs, events, audit. {@link concierge.cli.look.Overview} draws the
 * table of instances.
 */
@NullMarked
package concierge.cli.look;

import org.jspecify.annotations.NullMarked;
