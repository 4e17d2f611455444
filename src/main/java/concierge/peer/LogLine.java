package concierge.peer;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** A line of output in a message: seconds (8 bytes), nanoseconds (4 bytes), text in UTF-8. */
record LogLine(Instant at, String text) {
    private static final int HEAD = 12;

    byte[] bytes() {
        byte[] content = text.getBytes(StandardCharsets.UTF_8);
        // Nobody reads lines of a megabyte; what does not fit into a message is left out.
        int length = Math.min(content.length, PeerLimits.MESSAGE_BYTES - HEAD);
        return ByteBuffer.allocate(HEAD + length).putLong(at.getEpochSecond()).putInt(at.getNano()).put(content, 0, length).array();
    }

    static LogLine of(byte[] message) {
        ByteBuffer buffer = ByteBuffer.wrap(message);
        Instant at = Instant.ofEpochSecond(buffer.getLong(), buffer.getInt());
        return new LogLine(at, StandardCharsets.UTF_8.decode(buffer).toString());
    }
}
