package concierge.server.http;

import concierge.peer.Channels;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The WebSocket of an exec as virtual threads use it: binary messages whose first byte is the channel.
 * Both directions hold a few messages at most; who is slow slows down the other.
 */
public final class ExecSocket implements Channels {
    /** Messages on the way in: enough to overlap, no more. */
    private static final int AHEAD = 8;

    /** A client that does not take a message for so long is gone. */
    private static final long SEND_SECONDS = 60;

    private static final int TEXT_REFUSED = 1003;
    private static final int NORMAL = 1000;

    private final Context context;
    private final ServerWebSocket socket;
    private final ArrayDeque<Message> messages = new ArrayDeque<>();
    private boolean closed;

    /** What is done with an upgraded connection, on a virtual thread; it is closed afterwards. */
    public interface Conversation {
        void converse(ExecSocket socket) throws Exception;
    }

    /** Call on the connection's context. */
    ExecSocket(Context context, ServerWebSocket socket, Runnable gone) {
        this.context = context;
        this.socket = socket;
        // Without these an idle shell would be cut as a dead connection.
        long pings = context.owner().setPeriodic(ApiLimits.HEARTBEAT.toMillis(), _ -> socket.writePing(Buffer.buffer("concierge")));
        socket.closeHandler(_ -> {
            context.owner().cancelTimer(pings);
            over();
            gone.run();
        });
        socket.exceptionHandler(_ -> over());
        socket.textMessageHandler(_ -> socket.close((short) TEXT_REFUSED, "binary messages expected"));
        socket.binaryMessageHandler(this::arrived);
        socket.pause();
        socket.fetch(AHEAD);
    }

    private synchronized void arrived(Buffer message) {
        if (message.length() == 0) {
            context.runOnContext(_ -> socket.fetch(1));
            return;
        }
        byte[] bytes = message.getBytes();
        messages.add(new Message(bytes[0], Arrays.copyOfRange(bytes, 1, bytes.length)));
        notifyAll();
    }

    private synchronized void over() {
        closed = true;
        notifyAll();
    }

    @Override
    public @Nullable Message receive() throws InterruptedException {
        Message message;
        synchronized (this) {
            while (messages.isEmpty() && !closed) wait();
            message = messages.poll();
        }
        if (message != null) context.runOnContext(_ -> socket.fetch(1));
        return message;
    }

    @Override
    public void send(int channel, byte[] content, int length) throws IOException, InterruptedException {
        await(socket.writeBinaryMessage(Buffer.buffer(length + 1).appendByte((byte) channel).appendBytes(content, 0, length)));
    }

    void close() {
        context.runOnContext(_ -> socket.close((short) NORMAL));
    }

    private static void await(Future<Void> future) throws IOException, InterruptedException {
        try {
            future.toCompletionStage().toCompletableFuture().get(SEND_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IOException("the client went away", e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("the client took nothing for " + SEND_SECONDS + " s", e);
        }
    }
}
