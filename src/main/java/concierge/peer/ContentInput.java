package concierge.peer;

import concierge.executor.BulkInput;
import concierge.executor.ExecutorException;
import concierge.model.Digest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Content that a peer sends, see {@link ContentOutput}. The last part is held back until the digest over all of it has
 * come and is right: whoever reads to the end has read what was sent.
 */
final class ContentInput extends BulkInput {
    /** People see something move; nothing depends on it. */
    private static final long TOLD_EVERY = 1 << 20;

    private final Link link;
    private final String peer;
    private final LongConsumer progress;
    private final MessageDigest digest = Digest.sha256();
    private byte[] current = new byte[0];
    private int position;
    private byte @Nullable [] held;
    private boolean ended;
    private long taken;
    private long told;

    /**
     * @param peer for messages: {@code host one}
     * @param progress told how many bytes came, now and then
     */
    ContentInput(Link link, String peer, LongConsumer progress) {
        this.link = link;
        this.peer = peer;
        this.progress = progress;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) return 0;
        while (position == current.length) {
            if (!advance()) return -1;
        }
        int count = Math.min(length, current.length - position);
        System.arraycopy(current, position, bytes, offset, count);
        position += count;
        return count;
    }

    private boolean advance() throws IOException {
        while (!ended) {
            Channels.Message message = next();
            if (message.channel() == Channels.CONTROL) {
                verify(Answer.read(message.content()));
                continue;
            }
            digest.update(message.content());
            count(message.content().length);
            byte[] before = held;
            held = message.content();
            if (before == null) continue;
            use(before);
            return true;
        }
        byte[] last = held;
        held = null;
        if (last == null) return false;
        use(last);
        return true;
    }

    private void use(byte[] content) {
        current = content;
        position = 0;
    }

    private void count(int bytes) {
        taken += bytes;
        if (taken - told < TOLD_EVERY) return;
        told = taken;
        progress.accept(taken);
    }

    private Channels.Message next() throws IOException {
        try {
            return link.require(PeerLimits.STALLED);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while content came from " + peer);
        } catch (IOException e) {
            throw new IOException(peer + " broke off after " + taken + " bytes: " + e.getMessage(), e);
        }
    }

    private void verify(JsonNode end) throws IOException {
        try {
            Answer.requireGranted(end, peer);
        } catch (ExecutorException e) {
            throw new IOException(e.getMessage(), e);
        }
        String expected = end.path("digest").asString("");
        String found = HexFormat.of().formatHex(digest.digest());
        if (!found.equals(expected)) throw new IOException("content from " + peer + " has the digest " + found + " (expected: " + expected + ")");
        ended = true;
    }

    @Override
    public void close() {
        link.close();
    }
}
