/**
 * Who may do what, and who did: {@link concierge.security.access.Tokens} for those that are not the owner of a
 * server's home, {@link concierge.security.access.Audit} of every change. Begin with {@link
 * concierge.security.access.Role}.
 */
@NullMarked
package concierge.security.access;

import org.jspecify.annotations.NullMarked;
