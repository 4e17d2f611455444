package concierge.server.queue;

import concierge.json.Json;
import concierge.server.records.Commits;
import concierge.server.records.Listing;
import concierge.state.Keys;
import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.Transaction;
import concierge.store.Transaction.Field;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * How the queue stands in the state, and the changes of that. Each change puts {@link Keys#QUEUE_TURN}, whose revision tells
 * {@link QueueIndex} how far it has to be. A task's configuration has a key of its own, so that no list carries it.
 */
final class QueueRecords {
    /** The value of an identity that was shut out while tasks stood under its name. */
    private static final String EXPELLED = "expelled";

    /** Claims that one commit frees: far below what one may hold. */
    static final int FREED = 100;

    private QueueRecords() {}

    /** @param bytes of its configuration */
    record Task(String uuid, String type, int bytes) {
        static Task of(Entry entry) {
            return Json.read(entry.value().text(), Task.class);
        }
    }

    /**
     * Who claimed a task.
     *
     * @param installation whose concierge it was; empty: it did not say
     */
    record Owner(String identity, String installation) {
        static final Owner NOBODY = new Owner("", "");

        static Owner of(String text) {
            int blank = text.indexOf(' ');
            return blank < 0 ? new Owner(text, "") : new Owner(text.substring(0, blank), text.substring(blank + 1));
        }

        String text() {
            return installation.isEmpty() ? identity : identity + " " + installation;
        }
    }

    /** How somebody stands to the queue. */
    enum Admission {
        admitted,
        /** Nothing is his any more, and he is told so for as long as others wait for his tasks. */
        expelled,
        unknown;

        static Admission of(String value) {
            return value.equals(EXPELLED) ? expelled : admitted;
        }
    }

    static Transaction.Builder change(String what) {
        return Transaction.id(Commits.id(what)).put(Keys.QUEUE_TURN, "");
    }

    static void add(Transaction.Builder to, String task, String type, JsonNode configuration, int bytes) {
        to.absent(Keys.QUEUE_TASKS + task)
                .put(Keys.QUEUE_TASKS + task, Json.write(new Task(task, type, bytes)))
                .put(Keys.QUEUE_CONFIGURATIONS + task, configuration.toString());
    }

    /** Whoever runs it no longer finds it among his claims, and stops it. Three operations. */
    static void remove(Transaction.Builder to, String task) {
        to.delete(Keys.QUEUE_TASKS + task).delete(Keys.QUEUE_CONFIGURATIONS + task).delete(Keys.QUEUE_CLAIMS + task);
    }

    static void admit(Transaction.Builder to, String identity) {
        to.put(Keys.QUEUE_IDENTITIES + identity, "");
    }

    /**
     * Shuts somebody out: at once where nothing is his, and otherwise until others may have it.
     *
     * @return how many tasks stand under his name
     */
    static int expel(Store store, String identity) {
        int[] claims = {0};
        Commits.retried(store, identity, () -> {
            // A claim meanwhile is a turn of its own.
            long turn = store.find(Keys.QUEUE_TURN).map(Entry::modified).orElse(0L);
            claims[0] = claims(store, identity).size();
            Transaction.Builder to = change("queue-expel").compare(Keys.QUEUE_TURN, Field.modified, turn);
            return (claims[0] == 0 ? to.delete(Keys.QUEUE_IDENTITIES + identity) : to.put(Keys.QUEUE_IDENTITIES + identity, EXPELLED)).build();
        });
        return claims[0];
    }

    /** Gives the tasks of somebody to others, whether he runs them or not; how many. */
    static int free(Store store, String identity) {
        List<Entry> claims = claims(store, identity);
        for (int from = 0; from < claims.size(); from += FREED) {
            List<Entry> some = claims.subList(from, Math.min(claims.size(), from + FREED));
            Commits.retried(store, identity, () -> {
                Transaction.Builder to = change("queue-free");
                for (Entry claim : some) {
                    store.find(claim.key()).filter(it -> owns(Optional.of(it), identity)).ifPresent(it -> to.compare(it.key(), Field.modified, it.modified()).delete(it.key()));
                }
                return to.build();
            });
        }
        return claims.size();
    }

    private static List<Entry> claims(Store store, String identity) {
        return Listing.all(store, Keys.QUEUE_CLAIMS).stream().filter(claim -> owns(Optional.of(claim), identity)).toList();
    }

    private static boolean owns(Optional<Entry> claim, String identity) {
        return claim.filter(it -> Owner.of(it.value().text()).identity().equals(identity)).isPresent();
    }

    /** What a task is to do; empty: it is not there. */
    static Optional<JsonNode> configuration(Store store, String task) {
        return store.find(Keys.QUEUE_CONFIGURATIONS + task).map(QueueRecords::json)
                // The first versions wrote it into the task.
                .or(() -> store.find(Keys.QUEUE_TASKS + task).map(QueueRecords::json).map(it -> it.path("configuration")).filter(JsonNode::isObject));
    }

    private static JsonNode json(Entry entry) {
        return Json.mapper().readTree(entry.value().text());
    }
}
