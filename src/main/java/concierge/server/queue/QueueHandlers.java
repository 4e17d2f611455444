package concierge.server.queue;

import concierge.json.Json;
import concierge.model.Names;
import concierge.server.http.Exchange;
import concierge.server.http.Operation;
import concierge.server.queue.QueueRecords.Admission;
import concierge.server.queue.QueueRecords.Owner;
import concierge.server.queue.QueueRecords.Task;
import concierge.server.records.Commits;
import concierge.server.records.Listing;
import concierge.server.refusal.Code;
import concierge.server.refusal.Refusal;
import concierge.source.portier.Claim;
import concierge.state.Keys;
import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.Transaction;
import concierge.store.Transaction.Field;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The queue as those see it who fill it. */
public final class QueueHandlers {
    /** Tasks that one request removes, all or none of them: a commit has room for three operations of each. */
    private static final int REMOVED = 40;

    private final Store store;
    private final Supplier<Optional<QueueCalls>> queue;

    /** @param queue asked at each use; empty: this server is none */
    public QueueHandlers(Store store, Supplier<Optional<QueueCalls>> queue) {
        this.store = store;
        this.queue = queue;
    }

    /** @param uuid a new one where there is none */
    record TaskRequest(Optional<String> uuid, Optional<String> type, @Nullable JsonNode configuration) {}

    record RemovalRequest(@Nullable List<@Nullable String> tasks) {}

    record IdentityRequest(Optional<String> identity) {}

    /**
     * In a list, which carries no configurations.
     *
     * @param bytes of its configuration
     * @param identity who claimed it; empty: nobody
     * @param installation whose concierge that was; empty: it did not say
     * @param expelled whether that one was shut out
     */
    record Shown(String uuid, String type, int bytes, String identity, String installation, boolean expelled) {}

    /** One, with what it is to do. */
    record Whole(String uuid, String type, JsonNode configuration, String identity, String installation) {}

    /**
     * @param expelled shut out, and its tasks wait for the end of its time
     * @param silentSeconds since it was heard of, as the queue that leads knows
     * @param freeInSeconds until its tasks go to others
     * @param installations those that have this identity, where they are several
     */
    record Identity(String identity, int claims, boolean expelled, Optional<Long> silentSeconds, Optional<Long> freeInSeconds, List<String> installations) {}

    public List<Operation> operations() {
        return List.of(
                Operation.get("/v1/queue/tasks", _ -> tasks()),
                Operation.post("/v1/queue/tasks", this::add),
                Operation.get("/v1/queue/tasks/{task}", this::show),
                Operation.delete("/v1/queue/tasks/{task}", exchange -> remove(List.of(exchange.path("task")))),
                Operation.post("/v1/queue/removal", exchange -> remove(exchange.body(RemovalRequest.class))),
                Operation.get("/v1/queue/identities", _ -> identities()),
                Operation.post("/v1/queue/identities", this::admit),
                Operation.delete("/v1/queue/identities/{identity}", this::expel));
    }

    private static String name(Entry entry, String prefix) {
        return entry.key().substring(prefix.length());
    }

    private Map<String, Owner> owners() {
        Map<String, Owner> owners = new TreeMap<>();
        for (Entry claim : Listing.all(store, Keys.QUEUE_CLAIMS)) owners.put(name(claim, Keys.QUEUE_CLAIMS), Owner.of(claim.value().text()));
        return owners;
    }

    private Map<String, Admission> admissions() {
        Map<String, Admission> all = new TreeMap<>();
        for (Entry entry : Listing.all(store, Keys.QUEUE_IDENTITIES)) all.put(name(entry, Keys.QUEUE_IDENTITIES), Admission.of(entry.value().text()));
        return all;
    }

    private List<Shown> tasks() {
        Map<String, Owner> owners = owners();
        Map<String, Admission> admissions = admissions();
        List<Shown> shown = new ArrayList<>();
        for (Entry entry : Listing.all(store, Keys.QUEUE_TASKS)) {
            Task task = Task.of(entry);
            Owner owner = owners.getOrDefault(task.uuid(), Owner.NOBODY);
            boolean out = !owner.identity().isEmpty() && admissions.get(owner.identity()) != Admission.admitted;
            shown.add(new Shown(task.uuid(), task.type(), task.bytes(), owner.identity(), owner.installation(), out));
        }
        return shown;
    }

    private Whole show(Exchange exchange) {
        String uuid = exchange.path("task");
        Entry entry = known("task", uuid, Keys.QUEUE_TASKS);
        JsonNode configuration = QueueRecords.configuration(store, uuid).orElseThrow(() -> Refusal.notFound("task", uuid, List.of()));
        Owner owner = store.find(Keys.QUEUE_CLAIMS + uuid).map(claim -> Owner.of(claim.value().text())).orElse(Owner.NOBODY);
        return new Whole(uuid, Task.of(entry).type(), configuration, owner.identity(), owner.installation());
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
        Commits.retried(store, uuid, () -> {
            if (store.find(Keys.QUEUE_TASKS + uuid).isPresent()) {
                throw Refusal.of(Code.conflict, "task " + uuid + " is there (expected: a new one, since a task never changes)", "remove it, and add another");
            }
            Transaction.Builder to = QueueRecords.change("queue-add");
            QueueRecords.add(to, uuid, type, configuration, bytes);
            return to.build();
        });
        return new Shown(uuid, type, bytes, "", "", false);
    }

    private static void named(String what, String name) {
        if (!Names.isPart(name)) throw Refusal.of(Code.badRequest, what + ": " + (name.isEmpty() ? "absent" : name) + " (expected: 1 to 63 letters, digits, _ . or -)", "");
    }

    private Map<String, Object> remove(RemovalRequest request) {
        List<String> tasks = new ArrayList<>();
        if (request.tasks() != null) for (String task : request.tasks()) tasks.add(task == null ? "null" : task);
        return remove(tasks);
    }

    private Map<String, Object> remove(List<String> tasks) {
        Set<String> all = new LinkedHashSet<>(tasks);
        if (all.isEmpty() || all.size() > REMOVED) throw Refusal.of(Code.badRequest, "tasks: " + all.size() + " (expected: 1 to " + REMOVED + ", which are removed all or none)", "");
        Commits.retried(store, String.join(", ", all), () -> {
            Transaction.Builder to = QueueRecords.change("queue-rm");
            for (String task : all) {
                to.compare(Keys.QUEUE_TASKS + task, Field.created, known("task", task, Keys.QUEUE_TASKS).created());
                QueueRecords.remove(to, task);
            }
            return to.build();
        });
        return Map.of("tasks", all);
    }

    private Entry known(String what, String name, String prefix) {
        return Optional.of(name).filter(Names::isPart).flatMap(it -> store.find(prefix + it))
                .orElseThrow(() -> Refusal.notFound(what, name, Listing.all(store, prefix).stream().map(entry -> name(entry, prefix)).toList()));
    }

    private List<Identity> identities() {
        Map<String, Integer> claims = new TreeMap<>();
        owners().values().forEach(owner -> claims.merge(owner.identity(), 1, Integer::sum));
        Map<String, Admission> admissions = admissions();
        Map<String, Queue.Standing> standing = queue.get().map(QueueCalls::standing).orElse(Map.of());
        Set<String> all = new TreeSet<>(admissions.keySet());
        all.addAll(claims.keySet());
        List<Identity> shown = new ArrayList<>();
        for (String identity : all) {
            Queue.Standing known = standing.getOrDefault(identity, Queue.Standing.UNKNOWN);
            shown.add(new Identity(identity, claims.getOrDefault(identity, 0), admissions.get(identity) != Admission.admitted,
                    known.silentSeconds(), known.freeInSeconds(), known.installations()));
        }
        return shown;
    }

    private Map<String, Object> admit(Exchange exchange) {
        String identity = exchange.body(IdentityRequest.class).identity().orElseGet(() -> UUID.randomUUID().toString());
        named("identity", identity);
        Commits.retried(store, identity, () -> {
            Transaction.Builder to = QueueRecords.change("queue-admit");
            QueueRecords.admit(to, identity);
            return to.build();
        });
        return Map.of("identity", identity);
    }

    private Map<String, Object> expel(Exchange exchange) {
        String identity = exchange.path("identity");
        known("identity", identity, Keys.QUEUE_IDENTITIES);
        boolean now = exchange.flag("now", false);
        int left = QueueRecords.expel(store, identity);
        return Map.of("identity", identity, "claims", left, "freed", now ? QueueRecords.free(store, identity) : 0);
    }
}
