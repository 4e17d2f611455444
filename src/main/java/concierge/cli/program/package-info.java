/** The program itself: server, agent, router, names, configuration, backup, reset. */
@NullMarked
package concierge.cli.program;

import org.jspecify.annotations.NullMarked;
