package concierge.security;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;

/** A file with one random line that only its owner can read. */
final class PrivateFile {
    /** 256 bits: nobody guesses it, however many tries there are. */
    private static final int BYTES = 32;

    /** A file that is longer is something else: a wrong path, say. */
    private static final int LONGEST = 1024;

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    /** For folders of such files. */
    static final FileAttribute<Set<PosixFilePermission>> OWNER_FOLDER = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private PrivateFile() {}

    /**
     * Its line; empty when it holds none.
     *
     * @param otherwise what to do about a file that others may have read
     * @throws IOException also when others may read it
     */
    static String read(Path file, String otherwise) throws IOException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
        if (!OWNER_ONLY.containsAll(permissions)) {
            throw new IOException(file + ": mode " + PosixFilePermissions.toString(permissions)
                    + " (expected: rw-------); others may have read it: " + otherwise);
        }
        if (Files.size(file) > LONGEST) return "";
        return Files.readString(file, StandardCharsets.UTF_8).strip();
    }

    /** Makes it, 64 hex digits; it appears whole. Of two that make it at once, both end with the same. */
    static void create(Path file) throws IOException {
        byte[] random = new byte[BYTES];
        new SecureRandom().nextBytes(random);
        keep(file, HexFormat.of().formatHex(random));
    }

    /** Makes it with this line, unless it is there; it appears whole. */
    static void keep(Path file, String line) throws IOException {
        Path temporary = temporary(file);
        try {
            Files.writeString(temporary, line + "\n");
            // A link, not a move: it fails where another was quicker, instead of replacing what that one made.
            Files.createLink(file, temporary);
        } catch (FileAlreadyExistsException e) {
            // The other's counts; ours was never seen by anybody.
            return;
        } finally {
            Files.delete(temporary);
        }
    }

    /** An empty one beside it, for its owner alone. */
    static Path temporary(Path file) throws IOException {
        return Files.createTempFile(
                file.toAbsolutePath().getParent(), "." + file.getFileName(), "", PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    }
}
