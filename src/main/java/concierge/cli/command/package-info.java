/**
 * What every command stands on: {@link concierge.cli.command.Command}, the {@link concierge.cli.command.Context} it
 * works in, its {@link concierge.cli.command.Entry} in the help, and how targets, times, stack files and misuse are
 * read and told.
 */
@NullMarked
package concierge.cli.command;

import org.jspecify.annotations.NullMarked;
