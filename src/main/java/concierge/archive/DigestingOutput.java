package concierge.archive;

import concierge.model.Digest;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;

/** Passes bytes on, counts and digests them. */
final class DigestingOutput extends FilterOutputStream {
    private final MessageDigest sha256 = Digest.sha256();
    private long bytes;

    DigestingOutput(OutputStream to) {
        super(to);
    }

    @Override
    public void write(int b) throws IOException {
        out.write(b);
        sha256.update((byte) b);
        bytes++;
    }

    @Override
    public void write(byte[] buffer, int offset, int length) throws IOException {
        out.write(buffer, offset, length);
        sha256.update(buffer, offset, length);
        bytes += length;
    }

    long bytes() {
        return bytes;
    }

    /** Ends the digest: call once. */
    Digest digest() {
        return new Digest(HexFormat.of().formatHex(sha256.digest()));
    }
}
