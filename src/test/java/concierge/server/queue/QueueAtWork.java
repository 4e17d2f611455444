package concierge.server.queue;

import concierge.json.Json;
import concierge.state.Keys;
import concierge.store.Store;
import concierge.store.Transaction;
import concierge.store.memory.MemoryStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** The real queue over a store in memory, for those who have no port between: calls go in, statuses and JSON come out. */
public final class QueueAtWork {
    private final Store store;
    private final Queue queue;
    private int commits;

    /** A status and its body. */
    public record Said(int status, String body) {}

    public QueueAtWork(InstantSource clock, LongSupplier nanos, Duration silence) {
        this.store = new MemoryStore(clock);
        this.queue = new Queue(store, silence, nanos);
        commit(to -> to.put(Keys.LEADER, "me"));
        start();
    }

    private void commit(Consumer<Transaction.Builder> change) {
        Transaction.Builder to = Transaction.id("world-" + commits++);
        change.accept(to);
        store.commit(to.build());
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
            case "heartbeat" -> queue.heartbeat(identity);
            case "claim" -> queue.claim(identity, task);
            case "release" -> queue.release(identity, task);
            default -> throw new IllegalArgumentException(action);
        };
        return new Said(reply.status(), Json.write(reply.body()));
    }

    /** Looks for the silent. */
    public void expire() {
        queue.expire();
    }

    public void forgive() {
        queue.forgive();
    }

    /** Who has which task. */
    public Map<String, String> owners() {
        return queue.owners(0);
    }

    public void admit(String identity) {
        commit(to -> to.put(Keys.QUEUE_IDENTITIES + identity, ""));
    }

    public void expel(String identity) {
        commit(to -> to.delete(Keys.QUEUE_IDENTITIES + identity));
    }

    public void add(String task, String type) {
        commit(to -> to.put(Keys.QUEUE_TASKS + task, Json.write(new Queue.Task(task, type, Json.mapper().createObjectNode().put("task", task)))));
    }

    public void remove(String task) {
        commit(to -> to.delete(Keys.QUEUE_TASKS + task).delete(Keys.QUEUE_CLAIMS + task));
    }

    /** As an operator does it who wants a task to run elsewhere. */
    public void free(String task) {
        commit(to -> to.delete(Keys.QUEUE_CLAIMS + task));
    }
}
