/**
 * How the API says no: {@link concierge.server.refusal.Refusal} is a problem answer (RFC 9457) with a stable {@link
 * concierge.server.refusal.Code}.
 */
@NullMarked
package concierge.server.refusal;

import org.jspecify.annotations.NullMarked;
