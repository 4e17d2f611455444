package concierge.server.queue;

import concierge.json.Json;
import concierge.model.Names;
import concierge.server.http.Exchange;
import concierge.server.http.Operation;
import concierge.server.records.Commits;
import concierge.server.records.Listing;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import concierge.source.portier.Claim;
import concierge.state.Keys;
import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.Transaction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The queue as those see it who fill it. */
public final class QueueHandlers {
    private final Store store;

    public QueueHandlers(Store store) {
        this.store = store;
    }

    /** @param uuid a new one where there is none */
    record TaskRequest(Optional<String> uuid, Optional<String> type, @Nullable JsonNode configuration) {}

    record IdentityRequest(Optional<String> identity) {}

    /** @param identity who claimed it; empty: nobody */
    record Shown(String uuid, String type, JsonNode configuration, String identity) {}

    record Identity(String identity, int claims) {}

    public List<Operation> operations() {
        return List.of(
                Operation.get("/v1/queue/tasks", _ -> tasks()),
                Operation.post("/v1/queue/tasks", this::add),
                Operation.delete("/v1/queue/tasks/{task}", this::remove),
                Operation.get("/v1/queue/identities", _ -> identities()),
                Operation.post("/v1/queue/identities", this::admit),
                Operation.delete("/v1/queue/identities/{identity}", this::expel));
    }

    private Map<String, String> owners() {
        Map<String, String> owners = new TreeMap<>();
        for (Entry claim : Listing.all(store, Keys.QUEUE_CLAIMS)) owners.put(claim.key().substring(Keys.QUEUE_CLAIMS.length()), claim.value().text());
        return owners;
    }

    private List<Shown> tasks() {
        Map<String, String> owners = owners();
        List<Shown> shown = new ArrayList<>();
        for (Entry entry : Listing.all(store, Keys.QUEUE_TASKS)) {
            Queue.Task task = Queue.task(entry);
            shown.add(new Shown(task.uuid(), task.type(), task.configuration(), owners.getOrDefault(task.uuid(), "")));
        }
        return shown;
    }

    private Shown add(Exchange exchange) {
        TaskRequest request = exchange.body(TaskRequest.class);
        String uuid = request.uuid().orElseGet(() -> UUID.randomUUID().toString());
        String type = request.type().orElse("");
        named("uuid", uuid);
        named("type", type);
        JsonNode configuration = request.configuration() == null ? Json.mapper().createObjectNode() : request.configuration();
        if (!configuration.isObject()) throw Refusal.of(Code.badRequest, "configuration: " + configuration.getNodeType() + " (expected: a JSON object)", "");
        int bytes = configuration.toString().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > Claim.LONGEST_CONFIGURATION) {
            throw Refusal.of(Code.tooLarge, "configuration: " + bytes + " bytes (expected: at most " + Claim.LONGEST_CONFIGURATION + ")", "");
        }
        if (store.find(Keys.QUEUE_TASKS + uuid).isPresent()) {
            throw Refusal.of(Code.conflict, "task " + uuid + " is there (expected: a new one, since a task never changes)", "remove it, and add another");
        }
        Commits.retried(store, uuid, () -> Transaction.id(Commits.id("queue-add"))
                .absent(Keys.QUEUE_TASKS + uuid)
                .put(Keys.QUEUE_TASKS + uuid, Json.write(new Queue.Task(uuid, type, configuration)))
                .build());
        return new Shown(uuid, type, configuration, "");
    }

    private static void named(String what, String name) {
        if (!Names.isPart(name)) throw Refusal.of(Code.badRequest, what + ": " + (name.isEmpty() ? "absent" : name) + " (expected: 1 to 63 letters, digits, _ . or -)", "");
    }

    private Map<String, Object> remove(Exchange exchange) {
        String task = exchange.path("task");
        known("task", task, Keys.QUEUE_TASKS);
        // Whoever runs it no longer finds it among his claims, and stops it.
        Commits.retried(store, task, () -> Transaction.id(Commits.id("queue-rm")).delete(Keys.QUEUE_TASKS + task).delete(Keys.QUEUE_CLAIMS + task).build());
        return Map.of("uuid", task);
    }

    private void known(String what, String name, String prefix) {
        if (Names.isPart(name) && store.find(prefix + name).isPresent()) return;
        throw Refusal.notFound(what, name, Listing.all(store, prefix).stream().map(entry -> entry.key().substring(prefix.length())).toList());
    }

    private List<Identity> identities() {
        Map<String, Integer> claims = new TreeMap<>();
        owners().values().forEach(owner -> claims.merge(owner, 1, Integer::sum));
        return Listing.all(store, Keys.QUEUE_IDENTITIES).stream()
                .map(entry -> entry.key().substring(Keys.QUEUE_IDENTITIES.length()))
                .map(identity -> new Identity(identity, claims.getOrDefault(identity, 0)))
                .toList();
    }

    private Identity admit(Exchange exchange) {
        String identity = exchange.body(IdentityRequest.class).identity().orElseGet(() -> UUID.randomUUID().toString());
        named("identity", identity);
        Commits.retried(store, identity, () -> Transaction.id(Commits.id("queue-admit")).put(Keys.QUEUE_IDENTITIES + identity, "").build());
        return new Identity(identity, 0);
    }

    private Map<String, Object> expel(Exchange exchange) {
        String identity = exchange.path("identity");
        known("identity", identity, Keys.QUEUE_IDENTITIES);
        Commits.retried(store, identity, () -> Transaction.id(Commits.id("queue-expel")).delete(Keys.QUEUE_IDENTITIES + identity).build());
        return Map.of("identity", identity);
    }
}
