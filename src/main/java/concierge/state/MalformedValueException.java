package concierge.state;

import org.jspecify.annotations.Nullable;

/** A stored value that cannot be what its key says; only its own record is affected. */
public final class MalformedValueException extends RuntimeException {
    private static final long serialVersionUID = 1;

    MalformedValueException(Class<?> type, String found, @Nullable Throwable cause) {
        super("stored " + type.getSimpleName() + ": " + found + " (expected: its JSON object)", cause);
    }
}
