package concierge.peer;

import concierge.json.Json;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Messages both ways over one connection, each on a channel: a command's streams and what is said about them. Blocking,
 * for virtual threads; who is slow slows down the other. One thread receives; several may send.
 */
public interface Channels {
    int STDIN = 0;
    int STDOUT = 1;
    int STDERR = 2;

    /** JSON objects. */
    int CONTROL = 3;

    record Message(int channel, byte[] content) {}

    /** Waits for the next message; null: the other end is gone. */
    @Nullable Message receive() throws InterruptedException;

    /** Sends a message and waits until the connection took it. */
    void send(int channel, byte[] content, int length) throws IOException, InterruptedException;

    default void control(Object value) throws IOException, InterruptedException {
        byte[] bytes = Json.mapper().writeValueAsBytes(value);
        send(CONTROL, bytes, bytes.length);
    }
}
