/** Which installation commands are for, and who may use it: login, contexts, tokens. */
@NullMarked
package concierge.cli.access;

import org.jspecify.annotations.NullMarked;
