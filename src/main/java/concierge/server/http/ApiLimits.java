package concierge.server.http;

import java.time.Duration;

/** What a client may take of the server. */
public final class ApiLimits {
    /** A JSON body: the largest is a stack file, and those fit a commit. */
    public static final int BODY_BYTES = 2 << 20;

    public static final int REQUEST_LINE_BYTES = 16 << 10;

    /** A token, a Host and what browsers add fit many times. */
    public static final int HEADER_BYTES = 16 << 10;

    /** A client that neither sends nor takes a byte for so long is gone; streams send heartbeats meanwhile. */
    public static final Duration IDLE = Duration.ofSeconds(60);

    /** A request that waits for something has its answer by then, before its connection counts as idle; clients ask again. */
    public static final Duration ANSWER = Duration.ofSeconds(40);

    /** Well below {@link #IDLE} and below what proxies allow. */
    static final Duration HEARTBEAT = Duration.ofSeconds(15);

    /** Requests at work at once, streams aside: each holds a body and a thread. */
    public static final int REQUESTS = 256;

    /** Connections at once: what the requests and streams need and as many that idle; far fewer than a process may have open files. */
    public static final int CONNECTIONS = 2000;

    /** Streams at once, those that need no token and those that do apart: a few for every person who watches. */
    public static final int STREAMS = 256;

    /** Sent to one client and not yet taken: some thousands of events or log lines. */
    static final long STREAM_BYTES = 4 << 20;

    /** A reader of logs that takes nothing for so long is dropped. */
    static final Duration STREAM_WAIT = Duration.ofSeconds(30);

    /** A dropped client may still take the reason within this time. */
    static final Duration STREAM_FAREWELL = Duration.ofSeconds(5);

    /** One WebSocket message: a screenful of terminal input at most, or a pasted file's part. */
    public static final int EXEC_FRAME_BYTES = 64 << 10;

    /** At most so many `ps` events a second and client: people cannot read faster. */
    public static final Duration WATCH_PAUSE = Duration.ofMillis(200);

    private ApiLimits() {}
}
