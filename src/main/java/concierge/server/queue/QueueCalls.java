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
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.type.TypeReference;

/**
 * Calls of the queue, by their paths: answered here while this server leads, and otherwise passed on to the one that does,
 * so that whoever calls needs the address of any. Blocking, thread-safe.
 */
public final class QueueCalls {
    private static final Logger LOG = LoggerFactory.getLogger(QueueCalls.class);

    /** Of peers alone: what the leading queue knows besides the state. No path of the contract begins so. */
    private static final String STANDING = "standing";

    /** As our concierges say who they are. */
    private static final Pattern OURS = Pattern.compile("concierge/\\S+ \\(([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\\)");

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

    /** The installation that calls, by what its client says of itself; empty: some other program's. */
    static String installation(@Nullable String agent) {
        Matcher matcher = OURS.matcher(agent == null ? "" : agent);
        return matcher.matches() ? matcher.group(1).toLowerCase(Locale.ROOT) : "";
    }

    /**
     * By whichever server leads.
     *
     * @param installation of {@link #installation}
     */
    Queue.Reply answer(String path, String installation) {
        return queue.leads() || peers.isEmpty() ? here(path, installation) : elsewhere(path, installation, peers.get());
    }

    /** What the leading queue knows of identities; none where it cannot be asked. */
    Map<String, Queue.Standing> standing() {
        Queue.Reply reply = queue.leads() || peers.isEmpty() ? standingHere() : elsewhere(STANDING, "", peers.get());
        return reply.status() == 200 ? Json.mapper().convertValue(reply.body(), new TypeReference<>() {}) : Map.of();
    }

    private Queue.Reply standingHere() {
        return queue.leads() ? new Queue.Reply(200, queue.standing()) : Queue.Reply.ELSEWHERE;
    }

    /** For a peer that passes a call on: here or not at all, so that no call goes round. */
    public QueueAnswer passedOn(String path, String installation) {
        Queue.Reply reply = path.equals(STANDING) ? standingHere() : knows(path) ? here(path, installation) : Queue.Reply.error(404, "not found");
        return new QueueAnswer(reply.status(), Json.write(reply.body()));
    }

    private Queue.Reply here(String path, String installation) {
        String[] parts = path.split("/", -1);
        try {
            String identity = decoded(parts[3]);
            return switch (parts[4]) {
                case "heartbeat" -> queue.heartbeat(identity, installation);
                case "claim" -> queue.claim(identity, installation, decoded(parts[5]));
                default -> queue.release(identity, installation, decoded(parts[5]));
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

    private Queue.Reply elsewhere(String path, String installation, Peers others) {
        try {
            Optional<String> leader = Election.leader(store);
            if (leader.isEmpty()) return Queue.Reply.error(503, "no server leads");
            QueueAnswer answer = others.queue(leader.get(), path, installation);
            return new Queue.Reply(answer.status(), Json.mapper().readTree(answer.body()));
        } catch (StoreException | ExecutorException e) {
            return Queue.Reply.error(503, "another server leads, and was not reached: " + e.getMessage());
        }
    }

    private static String decoded(String segment) {
        return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
