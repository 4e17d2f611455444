package concierge.peer;

import java.time.Duration;

/** What peers may take of each other. */
final class PeerLimits {
    /** A machine nearby accepts at once; one that is off answers nothing at all. */
    static final Duration CONNECT = Duration.ofSeconds(3);

    /** Two machines prove themselves to each other in milliseconds; a busy one in a second. */
    static final Duration HANDSHAKE = Duration.ofSeconds(10);

    /** An answer that needs its engine once: an engine's own limit for a call, and a little. */
    static final Duration ANSWER = Duration.ofSeconds(40);

    /** Said when there is nothing to say, so that a quiet connection is not a dead one. */
    static final Duration PING = Duration.ofSeconds(10);

    /** Nothing for so long, not even pings: the machine at the other end is gone. */
    static final Duration SILENCE = Duration.ofSeconds(30);

    /** After the last word of an answer: whoever asked hangs up at once. */
    static final Duration FAREWELL = Duration.ofSeconds(5);

    /** Until an engine has written out an image of several gigabytes. */
    static final Duration SAVE = Duration.ofMinutes(10);

    /** While an answer takes its time, whoever waits for it is told so often that there is nothing new. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /** Content that stands still for so long will not come: another host may have it. */
    static final Duration STALLED = Duration.ofSeconds(60);

    /** Images handed out at once: each is on the disk for a while, and more share one line and one disk. */
    static final int IMAGES_GIVEN = 3;

    /** Images built for others at once: more only make each other slow. */
    static final int IMAGES_BUILT = 2;

    /** A node that lacks an image is asked again no sooner: an agent may have come, or a registry or disk been mended. */
    static final Duration LACKING = Duration.ofSeconds(30);

    /** For one of those places; who waits longer does better elsewhere, where it has come to meanwhile. */
    static final Duration PLACE = Duration.ofSeconds(5);

    /** Routers that have not taken note by then have lost their connection; less than {@link #ANSWER}. */
    static final Duration ROUTERS = Duration.ofSeconds(20);

    /** A call of a queue; whoever made it gives up after five seconds. */
    static final Duration QUEUE = Duration.ofSeconds(4);

    /** Until a host's engine has removed a few hundred images and networks. */
    static final Duration CLEARING = Duration.ofMinutes(5);

    /** Until a process has ended that was told to: as long as a server's end may take. */
    static final Duration DEPARTURE = Duration.ofSeconds(30);

    /** Between two looks whether one has left; nobody waits for less. */
    static final Duration LOOK = Duration.ofMillis(100);

    /** What is followed ends when it ends. */
    static final Duration FOR_EVER = Duration.ofDays(3650);

    /** One message: large enough for throughput, small enough that many of them take no memory. */
    static final int MESSAGE_BYTES = 64 << 10;

    /** Connections that one peer answers at once: followed logs and shells of a busy day, each with two threads that wait. */
    static final int CONNECTIONS = 512;

    private PeerLimits() {}
}
