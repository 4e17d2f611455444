package concierge.server.queue;

import concierge.json.Json;
import concierge.state.Keys;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** The real queue over a store in memory, in the thread of whoever has no port between: calls go in, statuses and JSON come out. */
public final class QueueAtWork {
    private final MemoryStore store;
    private final Queue queue;
    private int commits;

    /** A status and its body. */
    public record Said(int status, String body) {}

    public QueueAtWork(InstantSource clock, LongSupplier nanos, Duration silence) {
        this.store = MemoryStore.pumped(clock);
        this.queue = new Queue(store, silence, nanos);
        commit(to -> to.put(Keys.LEADER, "me"));
        start();
    }

    private void commit(Consumer<Transaction.Builder> change) {
        Transaction.Builder to = Transaction.id("world-" + commits++).put(Keys.QUEUE_TURN, "");
        change.accept(to);
        store.commit(to.build());
        store.pump();
    }

    /** Leads, as a process that has just begun. */
    public void start() {
        queue.elected(store.find(Keys.LEADER).orElseThrow().created());
    }

    public void stop() {
        queue.deposed("stopped");
    }

    /** @param action {@code heartbeat}, {@code claim} or {@code release} */
    public Said call(String identity, String action, String task) {
        Queue.Reply reply = switch (action) {
            case "heartbeat" -> queue.heartbeat(identity, "");
            case "claim" -> queue.claim(identity, "", task);
            case "release" -> queue.release(identity, "", task);
            default -> throw new IllegalArgumentException(action);
        };
        store.pump();
        return new Said(reply.status(), Json.write(reply.body()));
    }

    /** Looks for the silent. */
    public void expire() {
        queue.expire();
        store.pump();
    }

    public void forgive() {
        queue.forgive();
    }

    /** Who has which task. */
    public Map<String, String> owners() {
        Map<String, String> owners = new TreeMap<>();
        queue.owners().forEach((task, owner) -> owners.put(task, owner.identity()));
        return owners;
    }

    public void admit(String identity) {
        commit(to -> QueueRecords.admit(to, identity));
    }

    public void expel(String identity) {
        QueueRecords.expel(store, identity);
        store.pump();
    }

    public void add(String task, String type) {
        commit(to -> QueueRecords.add(to, task, type, Json.mapper().createObjectNode().put("task", task), 0));
    }

    public void remove(String task) {
        commit(to -> QueueRecords.remove(to, task));
    }

    /** As an operator does it who wants a task to run elsewhere. */
    public void free(String task) {
        commit(to -> to.delete(Keys.QUEUE_CLAIMS + task));
    }
}
