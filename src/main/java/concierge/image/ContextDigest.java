package concierge.image;

import concierge.model.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * The digest of a build context's content: of every entry but the stack file itself. With that one, each
 * change of a scale would build everything anew and replace every service.
 */
public final class ContextDigest {
    private static final int BUFFER = 64 * 1024;

    private ContextDigest() {}

    /** @param stackFile the stack file's name in the context's top folder; the stream is read to its end */
    public static Digest of(InputStream tar, String stackFile) throws IOException {
        MessageDigest sha256 = Digest.sha256();
        byte[] buffer = new byte[BUFFER];
        TarArchiveInputStream input = new TarArchiveInputStream(tar, "UTF-8");
        for (TarArchiveEntry entry = input.getNextEntry(); entry != null; entry = input.getNextEntry()) {
            if (entry.getName().equals(stackFile)) continue;
            String head = entry.getName() + "\0" + Integer.toOctalString(entry.getMode()) + "\0" + entry.getLinkName() + "\0" + entry.getSize() + "\0";
            sha256.update(head.getBytes(StandardCharsets.UTF_8));
            for (int count = input.read(buffer); count >= 0; count = input.read(buffer)) sha256.update(buffer, 0, count);
        }
        return new Digest(HexFormat.of().formatHex(sha256.digest()));
    }
}
