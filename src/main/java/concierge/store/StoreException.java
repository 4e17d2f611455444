package concierge.store;

import org.jspecify.annotations.Nullable;

/** The store cannot be reached, or cannot keep its promises (disk full, corrupt, of a newer format). */
public class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public StoreException(String message) {
        super(message);
    }

    public StoreException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
