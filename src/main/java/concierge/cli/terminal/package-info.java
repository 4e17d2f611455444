/**
 * What the command line draws with: {@link concierge.cli.terminal.Terminal} (where output goes, colours,
 * width), {@link concierge.cli.terminal.Table}, {@link concierge.cli.terminal.Live} and {@link concierge.cli.terminal.Screen} (lines that change in
 * place), {@link concierge.cli.terminal.Cells} (how wide a text is). Knows nothing of commands.
 */
@NullMarked
package concierge.cli.terminal;

import org.jspecify.annotations.NullMarked;
