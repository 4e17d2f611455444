package concierge.model;

import java.util.Optional;

/**
 * A secret of the stack that a service finds as a file.
 *
 * @param source its name in the stack's secrets
 * @param target the file's name in the instance's folder of secrets
 * @param mode the file's permission bits; empty: whatever lets only the service's user read it
 * @param version which of its values; empty while the stack file has not been resolved
 */
public record SecretFile(String source, String target, Optional<Integer> mode, Optional<Digest> version) {
    /** Where an image's program finds them. */
    public static final String FOLDER = "/run/secrets";

    /** The variable that holds the folder's path, the same for containers and processes. */
    public static final String VARIABLE = "CONCIERGE_SECRETS";

    private static final int READ_ONLY = 0444;

    public SecretFile {
        Names.requirePart(source, "secret");
        Names.requirePart(target, "target");
        mode.ifPresent(bits -> Check.that((bits & ~READ_ONLY) == 0 && bits != 0, "0" + Integer.toOctalString(bits), "mode", "read bits alone, as 0400"));
    }

    public SecretFile at(Digest version) {
        return new SecretFile(source, target, mode, Optional.of(version));
    }
}
