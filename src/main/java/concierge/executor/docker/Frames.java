package concierge.executor.docker;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/**
 * Reads the engine's multiplexed stream: frames of a stream number (1 output, 2 errors, 3 what the engine itself
 * has to say of a Swarm's output, which is left out), three zero bytes and a big-endian length, then the content.
 */
final class Frames {
    /** The engine splits at 32 KiB; a longer frame means that this is no such stream. */
    private static final int FRAME_LIMIT = 1 << 24;

    private static final int SYSTEM = 3;

    interface Sink {
        /** False: no more, please. */
        boolean frame(boolean error, byte[] content) throws IOException;
    }

    private Frames() {}

    /** Reads to the end, or until the sink has enough. */
    static void read(InputStream stream, Sink sink) throws IOException {
        DataInputStream in = new DataInputStream(stream);
        while (true) {
            int kind = in.read();
            if (kind < 0) return;
            byte[] rest = in.readNBytes(3);
            if (rest.length < 3) throw new EOFException("the engine's stream ended within a frame");
            int length = in.readInt();
            if (kind > SYSTEM || length < 0 || length > FRAME_LIMIT) {
                throw new IOException("frame: stream " + kind + ", length " + length + " (expected: the engine's multiplexed stream)");
            }
            byte[] content = in.readNBytes(length);
            if (content.length < length) throw new EOFException("the engine's stream ended within a frame");
            if (kind != SYSTEM && !sink.frame(kind == 2, content)) return;
        }
    }
}
