/** Changes of what runs: scale, stop, env, secrets, hosts, removal. */
@NullMarked
package concierge.cli.change;

import org.jspecify.annotations.NullMarked;
