package concierge.model;

import java.util.List;
import java.util.Optional;

/**
 * A stored secret under {@code /secrets/<stack>/<name>}: its last values, sealed. Written by the API.
 *
 * @param versions newest first, at least one; the earlier ones are what instances that run were started with, and
 *     what a deployment that goes back to an earlier one needs again
 */
public record SecretRecord(List<Version> versions) {
    /** What runs has the last value or the one before; more are for who sets a few before the next deploy. Five of the largest fit a commit. */
    public static final int KEPT = 5;

    /**
     * @param digest of the value, made with the key: the same value has the same one, and nobody without the key can try guesses on it
     * @param setSeconds when it was set, since 1970
     * @param key the id of the key it is sealed with
     * @param sealed the value, as nobody can read it without the key
     */
    public record Version(Digest digest, long setSeconds, String key, String sealed) {}

    public SecretRecord {
        versions = List.copyOf(versions);
        Check.that(!versions.isEmpty(), versions, "versions", "at least one");
    }

    public Version current() {
        return versions.getFirst();
    }

    public Optional<Version> version(Digest digest) {
        return versions.stream().filter(version -> version.digest().equals(digest)).findFirst();
    }

    /** With one more value, which becomes the current one. */
    public SecretRecord with(Version next) {
        List<Version> all = new java.util.ArrayList<>(List.of(next));
        for (Version version : versions) {
            if (all.size() < KEPT && !version.digest().equals(next.digest())) all.add(version);
        }
        return new SecretRecord(all);
    }
}
