package concierge.router;

import concierge.follow.Announcement;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * @param listen {@code host:port}, at least one; port 0: any free one
 * @param server of the home, asked anew before each connection; one may come back elsewhere
 * @param home {@code $CONCIERGE_HOME}: the token is read there, {@code router/} is written
 * @param id names this router to the server; two routers never share one
 */
public record RouterSettings(List<String> listen, Supplier<Announcement> server, Path home, String id, Limits limits) {
    public RouterSettings {
        listen = List.copyOf(listen);
        if (listen.isEmpty()) throw new IllegalArgumentException("listen: none (expected: at least one host:port)");
    }

    /**
     * @param headerBytes of a request or an answer, together; cookies of a careless site reach 16 KiB
     * @param lineBytes of a request's first line
     * @param connections that clients may hold open at once; each costs some 20 KiB
     * @param perTarget connections to one instance and event loop; more requests wait in line
     * @param waiting requests in that line; more are answered 503
     * @param connect how long an instance on this network may take to accept
     * @param doubt how long an answer is awaited until the instance is asked for a further connection, to see whether its machine is there; again each time
     * @param rest how long an instance that could not be reached is passed over where there are others: longer than a lost host stays in the table
     * @param head how long a client may take until a request's head is there, the first one or the next on an open connection
     * @param answer how long an instance may think before its answer begins
     * @param idle how long a connection on which nothing moves is kept: WebSockets may be quiet
     * @param attempts instances that one request is tried on
     */
    public record Limits(
            int headerBytes, int lineBytes, int connections, int perTarget, int waiting, Duration connect, Duration doubt, Duration rest, Duration head, Duration answer, Duration idle, int attempts) {
        public static final Limits DEFAULT =
                new Limits(
                        64 * 1024, 16 * 1024, 20_000, 256, 1024, Duration.ofSeconds(2), Duration.ofSeconds(1), Duration.ofSeconds(10), Duration.ofSeconds(60),
                        Duration.ofMinutes(5), Duration.ofMinutes(30), 3);
    }
}
