/**
 * The command line: every command is a client of the REST API. {@link concierge.cli.Cli#run} is the way in, {@link
 * concierge.cli.Catalog} lists the commands, a class each, in a package for each heading of the help; {@code cli.command}
 * is what they share, {@code cli.client} talks to the server, {@code cli.terminal} draws. What starts servers and routers
 * comes in as {@link concierge.cli.command.Roles}.
 */
@NullMarked
package concierge.cli;

import org.jspecify.annotations.NullMarked;

