/** Who may change things: {@link concierge.security.Token}, the local secret that the API asks for. */
@NullMarked
package concierge.security;

import org.jspecify.annotations.NullMarked;
