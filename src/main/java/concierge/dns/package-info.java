/**
 * Names of services for those who want them: a small authoritative name server over the server's table of
 * names. Start with {@link concierge.dns.NameServer}; {@code Zone} is the pure part, from question to answer.
 */
@NullMarked
package concierge.dns;

import org.jspecify.annotations.NullMarked;
