package concierge.security.access;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One change that somebody asked for, or was refused. Never holds a value that was set.
 *
 * @param who the token's name, or the local user
 * @param role null: nobody that is known
 * @param action {@code deploy}, {@code scale}, {@code token create}
 * @param target what it was about: {@code shop/default/web}
 * @param outcome {@code done}, or the code and title of the problem that ended it halfway or refused it
 */
public record AuditEntry(Instant at, String who, @Nullable Role role, String from, String action, String target, String outcome) {}
