package concierge.security;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The secret of one installation, in a file that only its owner can read. Whoever can read the file may
 * change everything; nobody else may. Immutable.
 */
public final class Token {
    /** 256 bits: nobody guesses it, however many tries a loopback port allows. */
    private static final int BYTES = 32;

    /** A file that is longer is no token: a wrong path, say. */
    private static final int LONGEST_FILE = 1024;

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final String SCHEME = "Bearer ";

    private final byte[] digest;

    private Token(String text) {
        this.digest = sha256(text);
    }

    /**
     * Reads the token, or makes one if the file is absent. It appears under its name whole and with mode
     * 600; of two that make it at once, both end with the same.
     *
     * @throws IOException also when others may read the file, or when it holds no token
     */
    public static Token open(Path file) throws IOException {
        if (!Files.exists(file)) create(file);
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
        if (!OWNER_ONLY.containsAll(permissions)) {
            throw new IOException(file + ": mode " + PosixFilePermissions.toString(permissions)
                    + " (expected: rw-------); others may have read it: remove it, the next start makes a new one");
        }
        if (Files.size(file) > LONGEST_FILE) throw noToken(file);
        String text = Files.readString(file, StandardCharsets.UTF_8).strip();
        if (text.isEmpty()) throw noToken(file);
        return new Token(text);
    }

    private static IOException noToken(Path file) {
        return new IOException(file + ": no token in it (expected: one line); remove it, the next start makes a new one");
    }

    private static void create(Path file) throws IOException {
        byte[] random = new byte[BYTES];
        new SecureRandom().nextBytes(random);
        Path temporary = Files.createTempFile(
                file.toAbsolutePath().getParent(), ".token", "", PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        try {
            Files.writeString(temporary, HexFormat.of().formatHex(random) + "\n");
            // A link, not a move: it fails where another was quicker, instead of replacing its token.
            Files.createLink(file, temporary);
        } catch (FileAlreadyExistsException e) {
            // The other's token counts; ours was never seen by anybody.
            return;
        } finally {
            Files.delete(temporary);
        }
    }

    /** Whether an {@code Authorization} header carries this token; takes the same time whatever is wrong. */
    public boolean matches(@Nullable String authorization) {
        boolean scheme = authorization != null && authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
        String presented = authorization != null && scheme ? authorization.substring(SCHEME.length()).strip() : "";
        // Digests have one length, so the comparison tells nothing of the length either.
        return MessageDigest.isEqual(digest, sha256(presented)) && scheme;
    }

    private static byte[] sha256(String text) {
        return concierge.model.Digest.sha256().digest(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return "***";
    }
}
