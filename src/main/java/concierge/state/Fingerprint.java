package concierge.state;

import concierge.store.Value;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** How many entries, and a digest of keys and values that does not depend on their order. Single-threaded. */
final class Fingerprint {
    private final MessageDigest digest;
    private BigInteger sum = BigInteger.ZERO;
    private long count;

    Fingerprint() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    void add(String key, Value value) {
        digest.update(key.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
        sum = sum.add(new BigInteger(1, digest.digest(value.bytes()))).mod(BigInteger.TWO.pow(256));
        count++;
    }

    long count() {
        return count;
    }

    /** {@code 12 entries, 5e884898…}. */
    @Override
    public String toString() {
        return count + " entries, " + String.format("%064x", sum);
    }
}
