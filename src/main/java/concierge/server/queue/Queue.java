package concierge.server.queue;

import concierge.json.Json;
import concierge.model.Names;
import concierge.server.records.Commits;
import concierge.state.Election;
import concierge.state.Keys;
import concierge.state.Writes;
import concierge.store.CommitResult;
import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import concierge.store.Transaction.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * The queue for others: tasks, who may ask for them, and who has which, all in the state; thread-safe. That one was
 * silent is told by this process' own monotonic clock, so only the server that leads answers ({@link QueueCalls}). A claim is made by a commit
 * that finds none: of two who want a task, one gets it.
 */
public final class Queue implements Election.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Queue.class);

    private final Store store;
    private final Duration silence;
    private final LongSupplier nanos;
    private final Map<String, Long> heard = new ConcurrentHashMap<>();
    private volatile long fence;
    private volatile long began;

    /** @param nanos a monotonic clock */
    public Queue(Store store, Duration silence, LongSupplier nanos) {
        this.store = store;
        this.silence = silence;
        this.nanos = nanos;
    }

    /** A task as the state keeps it. */
    record Task(String uuid, String type, JsonNode configuration) {}

    /** What is answered: a status and what becomes JSON. */
    record Reply(int status, Object body) {
        static final Reply STRANGER = error(403, "identity unknown");
        static final Reply NO_TASK = error(404, "task unknown");
        static final Reply TAKEN = error(423, "task already claimed");
        static final Reply OTHERS = error(403, "task claimed by other identity");
        static final Reply ELSEWHERE = error(503, "another server leads");

        static Reply error(int status, String text) {
            return new Reply(status, Map.of("error", text));
        }
    }

    @Override
    public void elected(long created) {
        heard.clear();
        began = nanos.getAsLong();
        fence = created;
    }

    boolean leads() {
        return fence != 0;
    }

    @Override
    public void deposed(String reason) {
        fence = 0;
    }

    Reply heartbeat(String identity) {
        Optional<Reply> refused = refused(identity);
        if (refused.isPresent()) return refused.get();
        heard.put(identity, nanos.getAsLong());
        long revision = store.revision();
        Map<String, String> owners = owners(revision);
        List<Map<String, String>> claims = new ArrayList<>();
        List<Map<String, String>> available = new ArrayList<>();
        store.each(Keys.QUEUE_TASKS, revision, entry -> {
            String task = entry.key().substring(Keys.QUEUE_TASKS.length());
            String owner = owners.get(task);
            if (owner == null) available.add(Map.of("uuid", task, "type", task(entry).type()));
            else if (owner.equals(identity)) claims.add(Map.of("uuid", task));
        });
        return new Reply(200, Map.of("success", true, "claims", claims, "available", available));
    }

    /** Who claimed what, by task. */
    Map<String, String> owners(long revision) {
        Map<String, String> owners = new TreeMap<>();
        store.each(Keys.QUEUE_CLAIMS, revision, entry -> owners.put(entry.key().substring(Keys.QUEUE_CLAIMS.length()), entry.value().text()));
        return owners;
    }

    static Task task(Entry entry) {
        return Json.read(entry.value().text(), Task.class);
    }

    /** Why this one gets no answer here; empty: he does. */
    private Optional<Reply> refused(String identity) {
        if (fence == 0) return Optional.of(Reply.ELSEWHERE);
        return Names.isPart(identity) && store.find(Keys.QUEUE_IDENTITIES + identity).isPresent() ? Optional.empty() : Optional.of(Reply.STRANGER);
    }

    Reply claim(String identity, String task) {
        Optional<Reply> refused = refused(identity);
        if (refused.isPresent()) return refused.get();
        Optional<Entry> found = find(task);
        if (found.isEmpty()) return Reply.NO_TASK;
        heard.put(identity, nanos.getAsLong());
        CommitResult result = Commits.settled(store, Transaction.id(Commits.id("claim"))
                .compare(Keys.QUEUE_TASKS + task, Field.created, found.get().created())
                .absent(Keys.QUEUE_CLAIMS + task)
                .put(Keys.QUEUE_CLAIMS + task, identity)
                .build());
        return switch (result) {
            case CommitResult.Committed _ -> {
                Task claimed = task(found.get());
                yield new Reply(200, Map.of("success", true, "uuid", task, "type", claimed.type(), "configuration", claimed.configuration()));
            }
            case CommitResult.Conflict(String key) -> key.startsWith(Keys.QUEUE_TASKS) ? Reply.NO_TASK : Reply.TAKEN;
            case CommitResult.Unknown unknown -> throw Commits.doubt(unknown);
        };
    }

    Reply release(String identity, String task) {
        Optional<Reply> refused = refused(identity);
        if (refused.isPresent()) return refused.get();
        Optional<Entry> found = find(task);
        if (found.isEmpty()) return Reply.NO_TASK;
        heard.put(identity, nanos.getAsLong());
        Optional<Entry> claim = store.find(Keys.QUEUE_CLAIMS + task);
        if (claim.isEmpty() || !claim.get().value().text().equals(identity)) return Reply.OTHERS;
        CommitResult result = Commits.settled(store, Transaction.id(Commits.id("release"))
                .compare(claim.get().key(), Field.modified, claim.get().modified())
                .delete(claim.get().key())
                .build());
        return switch (result) {
            case CommitResult.Committed _ -> new Reply(200, Map.of("success", true, "uuid", task, "type", task(found.get()).type()));
            case CommitResult.Conflict _ -> Reply.OTHERS;
            case CommitResult.Unknown unknown -> throw Commits.doubt(unknown);
        };
    }

    private Optional<Entry> find(String task) {
        return Names.isPart(task) ? store.find(Keys.QUEUE_TASKS + task) : Optional.empty();
    }

    /** Seconds since this identity was heard of; empty: not since this server leads. */
    Optional<Long> silentFor(String identity) {
        Long at = heard.get(identity);
        return at == null ? Optional.empty() : Optional.of(Duration.ofNanos(nanos.getAsLong() - at).toSeconds());
    }

    /** Everybody is forgiven the time until now: this process stood still and could hear nobody. */
    void forgive() {
        long now = nanos.getAsLong();
        began = now;
        heard.replaceAll((_, _) -> now);
    }

    /** Frees the tasks of those who were silent too long, and of those who are not known any more. */
    void expire() {
        long leading = fence;
        if (leading == 0) return;
        List<Entry> claims = new ArrayList<>();
        store.each(Keys.QUEUE_CLAIMS, 0, claims::add);
        long now = nanos.getAsLong();
        for (Entry claim : claims) {
            String identity = claim.value().text();
            boolean silent = now - heard.getOrDefault(identity, began) > silence.toNanos();
            if (!silent && store.find(Keys.QUEUE_IDENTITIES + identity).isPresent()) continue;
            Transaction.Builder to = Transaction.id(Commits.id("expire"));
            Writes.fence(to, leading);
            CommitResult result = Commits.settled(store, to.compare(claim.key(), Field.modified, claim.modified()).delete(claim.key()).build());
            if (result instanceof CommitResult.Committed) LOG.info("task freed task={} identity={} silent={}", claim.key().substring(Keys.QUEUE_CLAIMS.length()), identity, silent);
        }
    }

    /** Looks for the silent until it is closed. */
    public AutoCloseable keep() {
        // Four looks within the time: a quarter more than said at the most.
        Duration look = silence.dividedBy(4).compareTo(LONGEST_LOOK) < 0 ? silence.dividedBy(4) : LONGEST_LOOK;
        Thread thread = Thread.ofVirtual().name("queue expiry").start(() -> {
            try {
                long last = nanos.getAsLong();
                while (true) {
                    Thread.sleep(look);
                    long now = nanos.getAsLong();
                    if (now - last > 3 * look.toNanos()) forgive();
                    last = now;
                    expireIfPossible();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        return thread::interrupt;
    }

    private static final Duration LONGEST_LOOK = Duration.ofSeconds(1);

    private void expireIfPossible() {
        try {
            expire();
        } catch (StoreException e) {
            // Nobody could beat meanwhile either.
            forgive();
            LOG.debug("silence not looked for reason={}", e.getMessage());
        }
    }
}
