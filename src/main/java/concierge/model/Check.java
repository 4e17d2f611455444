package concierge.model;

/** Validation in compact constructors: one wording for all refusals. */
final class Check {
    private Check() {}

    /** Returns {@code value} if {@code holds}; else throws with {@code what: value (expected: …)}. */
    static <T> T that(boolean holds, T value, String what, String expected) {
        if (!holds) throw new IllegalArgumentException(what + ": " + value + " (expected: " + expected + ")");
        return value;
    }
}
