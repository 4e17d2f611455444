/**
 * Commands in an instance and one-off runs: {@link concierge.cli.inside.Session} is the terminal's side of a running
 * command, {@link concierge.cli.inside.Attached} follows a one-off to its end.
 */
@NullMarked
package concierge.cli.inside;

import org.jspecify.annotations.NullMarked;
