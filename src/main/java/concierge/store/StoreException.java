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

    /** Nobody answers. That may change by itself, while all else that a store says no to stays so until somebody does something. */
    public static class Away extends StoreException {
        private static final long serialVersionUID = 1;

        public Away(String message) {
            super(message);
        }
    }

    /** Who we are may not do it; nothing happened, and it may be tried again once he may. */
    public static final class Denied extends StoreException {
        private static final long serialVersionUID = 1;

        public Denied(String message) {
            super(message);
        }
    }

    /** There is no room for the change; nothing happened, and it may be tried again once there is. */
    public static final class Full extends StoreException {
        private static final long serialVersionUID = 1;

        public Full(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}
