package concierge.store;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Immutable bytes with equality. The arrays handed in and out are copies. */
public final class Value {
    public static final Value EMPTY = new Value(new byte[0]);

    private final byte[] bytes;

    private Value(byte[] bytes) {
        this.bytes = bytes;
    }

    public static Value of(byte[] bytes) {
        return new Value(bytes.clone());
    }

    public static Value of(String text) {
        return new Value(text.getBytes(StandardCharsets.UTF_8));
    }

    public byte[] bytes() {
        return bytes.clone();
    }

    public int length() {
        return bytes.length;
    }

    /** The bytes as UTF-8 text. */
    public String text() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Value value && Arrays.equals(bytes, value.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return text();
    }
}
