/**
 * Who may change things: {@link concierge.security.Token}, the local secret that the API asks for. And what seals
 * the secrets of stacks in the store: {@link concierge.security.SecretKey}.
 */
@NullMarked
package concierge.security;

import org.jspecify.annotations.NullMarked;
