/**
 * Who is let in, and what stays closed. {@link concierge.security.Token} is the local secret that the API asks for;
 * {@link concierge.security.InstallationKey} what the servers and agents of an installation share, and seal secrets
 * with; {@link concierge.security.Authority} their certificate authority, and {@link concierge.security.Identity} who
 * each of them is to the others: begin there.
 */
@NullMarked
package concierge.security;

import org.jspecify.annotations.NullMarked;
