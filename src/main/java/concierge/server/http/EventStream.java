package concierge.server.http;

import concierge.json.Json;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Server-sent events to one client. Events are put in by any thread and written by the connection's own;
 * what the client has not taken waits in a queue of at most {@link ApiLimits#STREAM_BYTES}. A client
 * that falls behind further is dropped: its queue is thrown away and it gets one last event
 * {@code dropped} with the reason.
 */
public final class EventStream {
    private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);

    private final Context context;
    private final HttpServerResponse response;
    private final ArrayDeque<Buffer> queue = new ArrayDeque<>();
    private final Runnable gone;
    private final long heartbeat;
    private long queuedBytes;
    private boolean started;
    private boolean ending;
    private boolean closed;

    /**
     * The answer's head is written with the first event or heartbeat: an operation that refuses before
     * answers with a plain problem. Call on the connection's context.
     *
     * @param gone told once when the stream is over
     */
    EventStream(Context context, HttpServerResponse response, Duration heartbeat, Runnable gone) {
        this.context = context;
        this.response = response;
        this.gone = gone;
        response.drainHandler(_ -> pump());
        response.closeHandler(_ -> close());
        response.exceptionHandler(_ -> close());
        this.heartbeat = context.owner().setPeriodic(heartbeat.toMillis(), _ -> raw(Buffer.buffer(": heartbeat\n\n")));
    }

    /** Starts the answer although there is nothing to tell yet. */
    public void open() {
        raw(Buffer.buffer(": concierge\n\n"));
    }

    /** Gives the connection back if nothing was sent; false: it is too late for another answer. */
    synchronized boolean withdraw() {
        if (started || closed) return false;
        context.owner().cancelTimer(heartbeat);
        closed = true;
        return true;
    }

    /** Puts an event into the queue and returns at once; false: the stream is over. */
    public boolean send(String event, Object data) {
        return raw(encode(event, data));
    }

    /**
     * As {@link #send}, but first waits until the client has taken enough: for what is produced as fast as
     * it is taken, such as logs. A client that takes nothing for {@link ApiLimits#STREAM_WAIT} is dropped.
     */
    public boolean sendWaiting(String event, Object data) throws InterruptedException {
        Buffer buffer = encode(event, data);
        long deadline = System.nanoTime() + ApiLimits.STREAM_WAIT.toNanos();
        synchronized (this) {
            while (!closed && !ending && queuedBytes + buffer.length() > ApiLimits.STREAM_BYTES / 2) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    drop("took nothing for " + ApiLimits.STREAM_WAIT.toSeconds() + " s");
                    return false;
                }
                wait(left);
            }
        }
        return raw(buffer);
    }

    /** Ends the answer once the client has taken everything. */
    void end() {
        synchronized (this) {
            if (ending || closed) return;
            started = true;
            ending = true;
        }
        context.runOnContext(_ -> pump());
    }

    public synchronized boolean isOver() {
        return ending || closed;
    }

    private static Buffer encode(String event, Object data) {
        // Canonical JSON has no line breaks, so one data line holds it.
        return Buffer.buffer("event: " + event + "\ndata: " + Json.write(data) + "\n\n");
    }

    private boolean raw(Buffer buffer) {
        synchronized (this) {
            if (closed || ending) return false;
            if (queuedBytes + buffer.length() > ApiLimits.STREAM_BYTES) {
                drop("fell behind by " + ApiLimits.STREAM_BYTES / 1024 + " KiB of events");
                return false;
            }
            started = true;
            queue.add(buffer);
            queuedBytes += buffer.length();
        }
        context.runOnContext(_ -> pump());
        return true;
    }

    private synchronized void drop(String reason) {
        LOG.warn("dropped a slow client reason={}", reason);
        queue.clear();
        queuedBytes = 0;
        queue.add(encode("dropped", Map.of("reason", "this client " + reason)));
        ending = true;
        notifyAll();
        context.runOnContext(_ -> pump());
        context.owner().setTimer(ApiLimits.STREAM_FAREWELL.toMillis(), _ -> context.runOnContext(_ -> abandon()));
    }

    /** On the connection's context. */
    private void pump() {
        boolean over;
        synchronized (this) {
            if (started && !closed && !response.headWritten()) head();
            while (!closed && !queue.isEmpty() && !response.writeQueueFull()) {
                Buffer next = queue.remove();
                queuedBytes = Math.max(0, queuedBytes - next.length());
                response.write(next);
            }
            notifyAll();
            over = ending && queue.isEmpty() && !closed;
        }
        if (over) {
            response.end();
            close();
        }
    }

    private void abandon() {
        if (!response.ended()) response.reset();
        close();
    }

    private void head() {
        response.setChunked(true)
                .putHeader("Content-Type", "text/event-stream; charset=utf-8")
                .putHeader("Cache-Control", "no-store")
                .putHeader("X-Accel-Buffering", "no");
    }

    private void close() {
        synchronized (this) {
            if (closed) return;
            closed = true;
            queue.clear();
            notifyAll();
        }
        context.owner().cancelTimer(heartbeat);
        gone.run();
    }
}
