package concierge.server.queue;

import concierge.server.queue.Presence.Noted;
import concierge.server.queue.QueueIndex.Claim;
import concierge.server.queue.QueueIndex.Contents;
import concierge.server.queue.QueueRecords.Admission;
import concierge.server.queue.QueueRecords.Owner;
import concierge.server.records.Commits;
import concierge.state.Election;
import concierge.state.Keys;
import concierge.state.Writes;
import concierge.store.CommitResult;
import concierge.store.Store;
import concierge.store.StoreException;
import concierge.store.Transaction;
import concierge.store.Transaction.Field;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * The queue for others: tasks, who may ask for them, and who has which, all in the state; thread-safe. That one was
 * silent is told by this process' own monotonic clock, so only the server that leads answers ({@link QueueCalls}). A claim is made by a commit
 * that finds none: of two who want a task, one gets it. It belongs to an identity, and to the installation of it that said
 * which it is: two with one identity have each their own tasks.
 */
public final class Queue implements Election.Listener {
    private static final Reply NOTHING = listing(new QueueIndex.Listing(List.of(), List.of()));
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(Queue.class);

    private final Store store;
    private final Duration silence;
    private final LongSupplier nanos;
    private final QueueIndex index;
    private final Presence presence;
    private volatile long fence;

    /** @param nanos a monotonic clock */
    public Queue(Store store, Duration silence, LongSupplier nanos) {
        this.store = store;
        this.silence = silence;
        this.nanos = nanos;
        this.index = new QueueIndex(store);
        this.presence = new Presence(silence, nanos);
    }

    /** What is answered: a status and what becomes JSON. */
    record Reply(int status, Object body) {
        static final Reply STRANGER = error(403, "identity unknown");
        static final Reply NO_TASK = error(404, "task unknown");
        static final Reply TAKEN = error(423, "task already claimed");
        static final Reply OTHERS = error(403, "task claimed by other identity");
        static final Reply ELSEWHERE = error(503, "another server leads");
        static final Reply CROWDED = error(503, "more than " + Presence.INSTALLATIONS + " installations have this identity (expected: each its own)");

        static Reply error(int status, String text) {
            return new Reply(status, Map.of("error", text));
        }
    }

    /**
     * What is known of an identity besides the state.
     *
     * @param silentSeconds since it was heard of; empty: not since this server leads
     * @param freeInSeconds until its tasks go to others, where it was shut out
     * @param installations those that have it, where these are several
     */
    record Standing(Optional<Long> silentSeconds, Optional<Long> freeInSeconds, List<String> installations) {
        static final Standing UNKNOWN = new Standing(Optional.empty(), Optional.empty(), List.of());
    }

    @Override
    public void elected(long created) {
        presence.begin();
        fence = created;
    }

    boolean leads() {
        return fence != 0;
    }

    @Override
    public void deposed(String reason) {
        fence = 0;
    }

    Reply heartbeat(String identity, String installation) {
        if (fence == 0) return Reply.ELSEWHERE;
        Contents now = index.current();
        return switch (now.admission(identity)) {
            case unknown -> Reply.STRANGER;
            // To be unknown is no reason to stop anything, and to have nothing is.
            case expelled -> hear(identity, installation).orElse(NOTHING);
            case admitted -> hear(identity, installation).orElseGet(() -> listing(now.listing(identity, installation)));
        };
    }

    private static Reply listing(QueueIndex.Listing listing) {
        return new Reply(200, Map.of("success", true, "claims", listing.claims(), "available", listing.available()));
    }

    /** Why this one gets no answer; empty: he does. */
    private Optional<Reply> hear(String identity, String installation) {
        return switch (presence.hear(identity, installation)) {
            case Noted.noted -> Optional.empty();
            case Noted.crowded -> Optional.of(Reply.CROWDED);
            case Noted.shared -> {
                LOG.warn("several installations have one identity, each runs its own tasks identity={} installations={} (expected: an identity for each, concierge queue admit)",
                        identity, presence.together(identity));
                yield Optional.empty();
            }
        };
    }

    Reply claim(String identity, String installation, String task) {
        long leading = fence;
        if (leading == 0) return Reply.ELSEWHERE;
        Contents now = index.current();
        if (now.admission(identity) != Admission.admitted) return Reply.STRANGER;
        Optional<Reply> refused = hear(identity, installation);
        if (refused.isPresent()) return refused.get();
        Optional<String> type = now.type(task);
        if (type.isEmpty()) return Reply.NO_TASK;
        if (now.claim(task).isPresent()) return Reply.TAKEN;
        Optional<JsonNode> configuration = QueueRecords.configuration(store, task);
        if (configuration.isEmpty()) return Reply.NO_TASK;
        Transaction.Builder to = QueueRecords.change("claim");
        Writes.fence(to, leading);
        CommitResult result = Commits.settled(store, to
                .compare(Keys.QUEUE_IDENTITIES + identity, Field.modified, now.admitted(identity))
                .compare(Keys.QUEUE_TASKS + task, Field.created, now.created(task))
                .absent(Keys.QUEUE_CLAIMS + task)
                .put(Keys.QUEUE_CLAIMS + task, new Owner(identity, installation).text())
                .build());
        return switch (result) {
            case CommitResult.Committed _ -> new Reply(200, Map.of("success", true, "uuid", task, "type", type.get(), "configuration", configuration.get()));
            case CommitResult.Conflict(String key) -> conflict(key);
            case CommitResult.Unknown unknown -> throw Commits.doubt(unknown);
        };
    }

    private static Reply conflict(String key) {
        if (key.equals(Keys.LEADER)) return Reply.ELSEWHERE;
        if (key.startsWith(Keys.QUEUE_IDENTITIES)) return Reply.STRANGER;
        return key.startsWith(Keys.QUEUE_TASKS) ? Reply.NO_TASK : Reply.TAKEN;
    }

    /** Also of those who are shut out: what they say to have stopped need not wait. */
    Reply release(String identity, String installation, String task) {
        long leading = fence;
        if (leading == 0) return Reply.ELSEWHERE;
        Contents now = index.current();
        Admission admission = now.admission(identity);
        if (admission == Admission.unknown) return Reply.STRANGER;
        Optional<Reply> refused = hear(identity, installation);
        if (refused.isPresent()) return refused.get();
        Optional<String> type = now.type(task);
        if (type.isEmpty()) return Reply.NO_TASK;
        Optional<Claim> claim = now.claim(task).filter(it -> it.owner().identity().equals(identity) && Contents.isOf(it.owner(), installation));
        if (claim.isEmpty()) return Reply.OTHERS;
        Transaction.Builder to = QueueRecords.change("release");
        Writes.fence(to, leading);
        CommitResult result = Commits.settled(store, to
                .compare(Keys.QUEUE_CLAIMS + task, Field.modified, claim.get().modified())
                .delete(Keys.QUEUE_CLAIMS + task)
                .build());
        return switch (result) {
            case CommitResult.Committed _ -> new Reply(200, Map.of("success", true, "uuid", task, "type", type.get()));
            case CommitResult.Conflict(String key) -> key.equals(Keys.LEADER) ? Reply.ELSEWHERE : Reply.OTHERS;
            case CommitResult.Unknown unknown -> throw Commits.doubt(unknown);
        };
    }

    /** By identity, of those who are let in or have tasks. */
    Map<String, Standing> standing() {
        Contents now = index.current();
        Set<String> all = new HashSet<>(now.identities());
        now.claims().values().forEach(claim -> all.add(claim.owner().identity()));
        Map<String, Standing> standing = new TreeMap<>();
        for (String identity : all) {
            standing.put(identity, new Standing(
                    presence.silentFor(identity).map(Duration::toSeconds),
                    now.admission(identity) == Admission.admitted ? Optional.empty() : presence.left(identity).map(left -> Math.max(0, left.toSeconds())),
                    presence.together(identity)));
        }
        return standing;
    }

    /** Who has which task. */
    Map<String, Owner> owners() {
        Map<String, Owner> owners = new TreeMap<>();
        index.current().claims().forEach((task, claim) -> owners.put(task, claim.owner()));
        return owners;
    }

    /** Everybody is forgiven the time until now: this process stood still and could hear nobody. */
    void forgive() {
        presence.forgive();
    }

    /** Frees the tasks of those who were silent too long, and of those who were shut out so long ago. */
    void expire() {
        long leading = fence;
        if (leading == 0) return;
        Contents now = index.current();
        Map<String, Claim> claims = now.claims();
        Set<String> out = new HashSet<>();
        for (String identity : now.identities()) if (now.admission(identity) == Admission.expelled) out.add(identity);
        for (Claim claim : claims.values()) if (now.admission(claim.owner().identity()) == Admission.unknown) out.add(claim.owner().identity());
        presence.shutOut(out);
        List<Map.Entry<String, Claim>> freed = claims.entrySet().stream().filter(one -> isOver(now, one.getValue().owner())).toList();
        for (int from = 0; from < freed.size(); from += QueueRecords.FREED) free(leading, freed.subList(from, Math.min(freed.size(), from + QueueRecords.FREED)));
        for (String identity : out) if (isOut(identity) && now.admission(identity) == Admission.expelled) forget(leading, now, identity);
    }

    private boolean isOver(Contents now, Owner owner) {
        return now.admission(owner.identity()) == Admission.admitted ? presence.isSilent(owner.identity(), owner.installation()) : isOut(owner.identity());
    }

    private boolean isOut(String identity) {
        return presence.left(identity).filter(Duration::isNegative).isPresent();
    }

    private void free(long leading, List<Map.Entry<String, Claim>> claims) {
        Transaction.Builder to = QueueRecords.change("expire");
        Writes.fence(to, leading);
        for (Map.Entry<String, Claim> one : claims) to.compare(Keys.QUEUE_CLAIMS + one.getKey(), Field.modified, one.getValue().modified()).delete(Keys.QUEUE_CLAIMS + one.getKey());
        // Where one was changed meanwhile, all of them wait for the next look.
        if (!(Commits.settled(store, to.build()) instanceof CommitResult.Committed)) return;
        for (Map.Entry<String, Claim> one : claims) LOG.info("task freed, nobody was heard who may run it task={} owner={}", one.getKey(), one.getValue().owner().text());
    }

    /** He has been told for long enough that nothing is his, and is a stranger now. */
    private void forget(long leading, Contents now, String identity) {
        Transaction.Builder to = QueueRecords.change("forget");
        Writes.fence(to, leading);
        Commits.settled(store, to.compare(Keys.QUEUE_IDENTITIES + identity, Field.modified, now.admitted(identity)).delete(Keys.QUEUE_IDENTITIES + identity).build());
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
        return () -> {
            thread.interrupt();
            index.close();
        };
    }

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
