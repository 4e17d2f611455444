package concierge.peer;

import concierge.model.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;

/** Content as messages, at last {@code {"end": true, "digest": …}}: the other end of {@link ContentInput}. */
final class ContentOutput extends OutputStream {
    private final Link link;
    private final MessageDigest digest = Digest.sha256();
    private final byte[] buffer = new byte[PeerLimits.MESSAGE_BYTES];
    private int filled;

    ContentOutput(Link link) {
        this.link = link;
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        for (int from = offset; from < offset + length; ) {
            int part = Math.min(offset + length - from, buffer.length - filled);
            System.arraycopy(bytes, from, buffer, filled, part);
            filled += part;
            from += part;
            if (filled == buffer.length) pass();
        }
    }

    private void pass() throws IOException {
        digest.update(buffer, 0, filled);
        link.put(Channels.STDOUT, buffer, filled, false);
        filled = 0;
    }

    /** Nothing was left out: says so. */
    void finish() throws IOException {
        if (filled > 0) pass();
        Answer.end(link, Map.of("digest", HexFormat.of().formatHex(digest.digest())));
    }
}
