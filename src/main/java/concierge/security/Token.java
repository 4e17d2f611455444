package concierge.security;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * The secret of one installation, in a file that only its owner can read. Whoever can read the file may
 * change everything; nobody else may. Immutable.
 */
public final class Token {
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
        if (!Files.exists(file)) PrivateFile.create(file);
        String text = PrivateFile.read(file, "remove it, the next start makes a new one");
        if (text.isEmpty()) throw noToken(file);
        return new Token(text);
    }

    private static IOException noToken(Path file) {
        return new IOException(file + ": no token in it (expected: one line); remove it, the next start makes a new one");
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
