package concierge.server.queue;

import concierge.executor.ExecutorException;
import concierge.json.Json;
import concierge.peer.Peers;
import concierge.peer.QueueAnswer;
import concierge.server.refusal.Refusal;
import concierge.state.Election;
import concierge.store.Store;
import concierge.store.StoreException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls of the queue, by their paths: answered here while this server leads, and otherwise passed on to the one that does,
 * so that whoever calls needs the address of any. Blocking, thread-safe.
 */
public final class QueueCalls {
    private static final Logger LOG = LoggerFactory.getLogger(QueueCalls.class);

    private final Queue queue;
    private final Store store;
    private final Optional<Peers> peers;

    /** @param peers empty: there is no other server, or none that can be asked */
    public QueueCalls(Queue queue, Store store, Optional<Peers> peers) {
        this.queue = queue;
        this.store = store;
        this.peers = peers;
    }

    /** Whether there is such a call. */
    static boolean knows(String path) {
        String[] parts = path.split("/", -1);
        return path.startsWith("/concierge/api/") && (parts.length == 5 && parts[4].equals("heartbeat")
                || parts.length == 6 && (parts[4].equals("claim") || parts[4].equals("release")));
    }

    /** By whichever server leads. */
    Queue.Reply answer(String path) {
        return queue.leads() || peers.isEmpty() ? here(path) : elsewhere(path, peers.get());
    }

    /** For a peer that passes a call on: here or not at all, so that no call goes round. */
    public QueueAnswer passedOn(String path) {
        Queue.Reply reply = knows(path) ? here(path) : Queue.Reply.error(404, "not found");
        return new QueueAnswer(reply.status(), Json.write(reply.body()));
    }

    private Queue.Reply here(String path) {
        String[] parts = path.split("/", -1);
        try {
            String identity = decoded(parts[3]);
            return switch (parts[4]) {
                case "heartbeat" -> queue.heartbeat(identity);
                case "claim" -> queue.claim(identity, decoded(parts[5]));
                default -> queue.release(identity, decoded(parts[5]));
            };
        } catch (IllegalArgumentException e) {
            return Queue.Reply.error(404, "not found");
        } catch (StoreException | Refusal e) {
            return Queue.Reply.error(503, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error("queue call failed path={}", path, e);
            return Queue.Reply.error(500, "internal");
        }
    }

    private Queue.Reply elsewhere(String path, Peers others) {
        try {
            Optional<String> leader = Election.leader(store);
            if (leader.isEmpty()) return Queue.Reply.error(503, "no server leads");
            QueueAnswer answer = others.queue(leader.get(), path);
            return new Queue.Reply(answer.status(), Json.mapper().readTree(answer.body()));
        } catch (StoreException | ExecutorException e) {
            return Queue.Reply.error(503, "another server leads, and was not reached: " + e.getMessage());
        }
    }

    private static String decoded(String segment) {
        return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
