package concierge.server.http;

import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;

/**
 * A request's body as a stream that a virtual thread reads. The connection hands over at most {@link
 * #AHEAD} chunks more than were read, so a large upload costs no memory; a body beyond the limit ends in
 * a {@link Refusal}.
 */
public final class RequestBody extends InputStream {
    /** Chunks of the socket's read size (64 KiB at most) on the way. */
    private static final int AHEAD = 4;

    private final Context context;
    private final HttpServerRequest request;
    private final long limit;
    private final ArrayDeque<Buffer> chunks = new ArrayDeque<>();
    private Buffer current = Buffer.buffer();
    private int offset;
    private long received;
    private boolean ended;
    private boolean broken;

    /** Call on the connection's context, before any of the body was delivered. */
    RequestBody(Context context, HttpServerRequest request, long limit) {
        this.context = context;
        this.request = request;
        this.limit = limit;
        request.handler(this::arrived);
        request.endHandler(_ -> finish(false));
        request.exceptionHandler(_ -> finish(true));
        request.pause();
        request.fetch(AHEAD);
    }

    /** The client ended the connection before it had sent everything; nobody is left to be told. */
    static final class GoneException extends IOException {
        private static final long serialVersionUID = 1;

        GoneException() {
            super("the client went away in the middle of its upload");
        }
    }

    private synchronized void arrived(Buffer chunk) {
        received += chunk.length();
        chunks.add(chunk);
        notifyAll();
    }

    private synchronized void finish(boolean byFailure) {
        ended = true;
        broken |= byFailure;
        notifyAll();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int from, int length) throws IOException {
        if (length == 0) return 0;
        if (offset == current.length() && !next()) return -1;
        int count = Math.min(length, current.length() - offset);
        current.getBytes(offset, offset + count, target, from);
        offset += count;
        return count;
    }

    private boolean next() throws IOException {
        synchronized (this) {
            while (chunks.isEmpty() && !ended) await();
            if (received > limit) {
                throw Refusal.of(Code.tooLarge, "body: more than " + limit + " bytes (expected: at most " + limit + ")", "leave out what is not needed, by .dockerignore for a build context");
            }
            if (chunks.isEmpty()) {
                if (broken) throw new GoneException();
                return false;
            }
            current = chunks.remove();
            offset = 0;
        }
        context.runOnContext(_ -> request.fetch(1));
        return true;
    }

    private void await() throws IOException {
        try {
            wait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while an upload came", e);
        }
    }
}
