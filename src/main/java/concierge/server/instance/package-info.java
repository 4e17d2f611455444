/**
 * What concerns one instance: its log, commands in it, one-off runs. {@link concierge.server.instance.Executors}
 * finds the executor that has it, here or on another host.
 */
@NullMarked
package concierge.server.instance;

import org.jspecify.annotations.NullMarked;
