package concierge.server.http;

import concierge.security.access.Caller;
import concierge.security.access.Role;
import concierge.server.refusal.Refusal;
import concierge.store.StoreException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The streams that are open: counted, ended with the server, and ended when the token that opened them is not good any
 * more. One thread looks at the tokens; all methods may be called from any.
 */
final class OpenStreams implements AutoCloseable {
    /** Who is locked out sees what happens for so long at most; a look costs a read a token. */
    static final Duration LOOK = Duration.ofSeconds(2);

    private static final Logger LOG = LoggerFactory.getLogger(OpenStreams.class);

    private final Guard guard;
    /** Those that only look apart from those that do more: whoever may only look must not keep others from working. */
    private final Semaphore watching = new Semaphore(ApiLimits.STREAMS);

    private final Semaphore working = new Semaphore(ApiLimits.STREAMS);
    private final Set<Stream> open = ConcurrentHashMap.newKeySet();
    private final Thread looking;
    private volatile boolean closed;

    OpenStreams(Guard guard) {
        this.guard = guard;
        this.looking = Thread.ofVirtual().name("api-streams").start(this::look);
    }

    /** An open stream. Closed by whoever opened it. */
    final class Stream implements AutoCloseable {
        private final Caller caller;
        private final Semaphore places;
        private final Consumer<Refusal> farewell;
        private volatile @Nullable Thread worker;

        private Stream(Caller caller, Semaphore places, Consumer<Refusal> farewell) {
            this.caller = caller;
            this.places = places;
            this.farewell = farewell;
        }

        /** Whom to interrupt when the server stops. */
        void worker(Thread thread) {
            worker = thread;
            if (closed) thread.interrupt();
        }

        @Override
        public void close() {
            if (open.remove(this)) places.release();
        }
    }

    /**
     * Empty when there is no place for another.
     *
     * @param farewell tells the client why it ends, and ends it
     */
    Optional<Stream> open(Caller caller, Access.Rule rule, Consumer<Refusal> farewell) {
        Semaphore places = rule.role().filter(Role.read::equals).isPresent() ? watching : working;
        if (closed || !places.tryAcquire()) return Optional.empty();
        Stream stream = new Stream(caller, places, farewell);
        open.add(stream);
        return Optional.of(stream);
    }

    private void look() {
        try {
            while (!closed) {
                Thread.sleep(LOOK);
                lookOnce();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void lookOnce() {
        Map<String, Optional<Refusal>> seen = new HashMap<>();
        try {
            for (Stream stream : open) {
                if (stream.caller.token().isEmpty()) continue;
                String hash = stream.caller.token().get().hash();
                Optional<Refusal> ended = seen.computeIfAbsent(hash, _ -> guard.ended(stream.caller));
                ended.ifPresent(stream.farewell);
            }
        } catch (StoreException e) {
            // Without the state nobody can be told from others: what is open stays so until it is back.
            LOG.debug("tokens of open streams not looked at", e);
        }
    }

    @Override
    public void close() {
        closed = true;
        looking.interrupt();
        for (Stream stream : open) {
            Thread worker = stream.worker;
            if (worker != null) worker.interrupt();
        }
    }
}
