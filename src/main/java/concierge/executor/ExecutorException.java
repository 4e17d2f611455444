package concierge.executor;

/** An expected failure of an executor, told as data. */
public final class ExecutorException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What a caller can do about it. */
    public enum Kind {
        /** The engine does not answer: try again when it does. */
        unavailable,
        /** The image is neither there nor to be had. */
        imageMissing,
        /** A fixed host port is in use. */
        portTaken,
        /** The command cannot be started. */
        cannotStart,
        /** No space, no memory, too many files. */
        exhausted,
        /** Something of that name is there and is another generation's, or not ours. */
        conflict,
        /** The engine refuses the parameters: trying again does not help. */
        refused,
        /** Whatever else; worth a retry. */
        other
    }

    private final Kind kind;

    public ExecutorException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public ExecutorException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
