package concierge.cli.client;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The client's end of a WebSocket (RFC 6455), binary messages only. One thread may receive while others
 * send.
 */
public final class WebSocket implements AutoCloseable {
    private static final int CONTINUATION = 0;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;

    /** The server sends pieces of output; a longer message is a mistake on its side. */
    private static final int MESSAGE_LIMIT = 16 << 20;

    /** The nonce proves nothing between a client and a server that know each other; any 16 bytes do. */
    static final Map<String, String> HANDSHAKE = Map.of(
            "Connection", "Upgrade",
            "Upgrade", "websocket",
            "Sec-WebSocket-Version", "13",
            "Sec-WebSocket-Key", "Y29uY2llcmdlLWNsaWVudA==");

    private final Http.Response response;
    private final DataInputStream in;
    private final OutputStream out;
    private boolean closing;

    WebSocket(Http.Response response) throws IOException {
        this.response = response;
        this.in = new DataInputStream(response.body());
        this.out = response.socket().getOutputStream();
    }

    public void send(byte[] message) throws IOException {
        frame(BINARY, message);
    }

    /** Waits for the next message, answering pings on the way; empty when the other side closed. */
    public Optional<byte[]> receive() throws IOException {
        byte[] message = new byte[0];
        while (true) {
            int head;
            try {
                head = in.readUnsignedShort();
            } catch (EOFException e) {
                return Optional.empty();
            }
            byte[] payload = payload(head & 0x7f, (head & 0x80) != 0, message.length);
            switch ((head >> 8) & 0x0f) {
                case CLOSE -> {
                    shut();
                    return Optional.empty();
                }
                case PING -> frame(PONG, payload);
                case PONG -> {}
                case CONTINUATION, TEXT, BINARY -> {
                    message = joined(message, payload);
                    if ((head & 0x8000) != 0) return Optional.of(message);
                }
                default -> throw new IOException("no WebSocket: frame kind " + ((head >> 8) & 0x0f));
            }
        }
    }

    private byte[] payload(int shortLength, boolean masked, int before) throws IOException {
        long length = shortLength;
        if (shortLength == 126) length = in.readUnsignedShort();
        if (shortLength == 127) length = in.readLong();
        if (length < 0 || length + before > MESSAGE_LIMIT) {
            throw new IOException("message: " + length + " bytes (expected: at most " + MESSAGE_LIMIT + ")");
        }
        if (masked) throw new IOException("no WebSocket: a server does not mask");
        byte[] payload = new byte[(int) length];
        in.readFully(payload);
        return payload;
    }

    private static byte[] joined(byte[] first, byte[] second) {
        if (first.length == 0) return second;
        return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
    }

    private synchronized void frame(int kind, byte[] payload) throws IOException {
        int lengthBytes = payload.length < 126 ? 0 : payload.length < 65_536 ? 2 : 8;
        ByteBuffer frame = ByteBuffer.allocate(2 + lengthBytes + 4 + payload.length);
        frame.put((byte) (0x80 | kind));
        frame.put((byte) (0x80 | (lengthBytes == 0 ? payload.length : lengthBytes == 2 ? 126 : 127)));
        if (lengthBytes == 2) frame.putShort((short) payload.length);
        if (lengthBytes == 8) frame.putLong(payload.length);
        int mask = ThreadLocalRandom.current().nextInt();
        frame.putInt(mask);
        for (int i = 0; i < payload.length; i++) frame.put((byte) (payload[i] ^ (mask >>> (24 - 8 * (i % 4)))));
        out.write(frame.array());
        out.flush();
    }

    private synchronized void shut() throws IOException {
        if (closing) return;
        closing = true;
        frame(CLOSE, new byte[0]);
    }

    @Override
    public void close() throws IOException {
        try {
            shut();
        } finally {
            response.close();
        }
    }
}
