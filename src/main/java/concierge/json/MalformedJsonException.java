package concierge.json;

/** A text that is no JSON; the message has the place, what was found and what was expected. */
public final class MalformedJsonException extends RuntimeException {
    private static final long serialVersionUID = 1;

    MalformedJsonException(String message) {
        super(message);
    }
}
