package concierge.agent;

import concierge.agent.core.AgentEvent;
import concierge.agent.core.HostState;
import concierge.agent.instance.Assigned;
import concierge.model.Assignment;
import concierge.model.Digest;
import concierge.model.InstanceId;
import concierge.model.ServiceSpec;
import concierge.model.Status;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.state.MalformedValueException;
import concierge.store.Batch;
import concierge.store.Entry;
import concierge.store.Store;
import concierge.store.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Reads what the store says of one host. An assignment that cannot be read fails the whole reading: taken
 * for absent, its instance would be removed. Thread-safe.
 */
public final class StoreReader {
    /** Specifications kept: a host runs far fewer services. */
    private static final int SPECS = 2_000;

    private final Store store;
    private final String host;
    private final List<String> addresses;
    private final Map<Digest, ServiceSpec> specs = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Digest, ServiceSpec> eldest) {
            return size() > SPECS;
        }
    };

    public StoreReader(Store store, String host, List<String> addresses) {
        this.store = store;
        this.host = host;
        this.addresses = List.copyOf(addresses);
    }

    /** Everything at one revision. */
    public HostState read() {
        long revision = store.revision();
        String installation = store.find(Keys.INSTALLATION).map(entry -> entry.value().text()).orElse("");
        List<Assigned> assignments = new ArrayList<>();
        store.each(Keys.ASSIGN + host + "/", revision, entry -> assignments.add(assigned(entry)));
        Map<InstanceId, Status> statuses = new HashMap<>();
        Map<InstanceId, Value> newer = new HashMap<>();
        store.each(Keys.STATUS + host + "/", revision, entry -> status(entry).ifPresent(status -> {
            statuses.put(instance(entry.key()), status);
            if (Codec.holdsUnknown(entry.value(), status)) newer.put(instance(entry.key()), entry.value());
        }));
        Map<InstanceId, String> containers = new HashMap<>();
        store.each(Keys.DEPLOY + host + "/", revision, entry -> containers.put(instance(entry.key()), entry.value().text()));
        Map<InstanceId, Integer> counters = new HashMap<>();
        store.each(Keys.COUNTER + host + "/", revision, entry -> counters.put(instance(entry.key()), Integer.valueOf(entry.value().text())));
        Map<InstanceId, SortedMap<String, String>> endpoints = new HashMap<>();
        store.each(Keys.PORTS, revision, entry -> endpoint(entry, endpoints));
        Set<InstanceId> ours = assignments.stream().map(Assigned::instance).collect(Collectors.toSet());
        endpoints.keySet().removeIf(instance -> !ours.contains(instance) && isElsewhere(instance));
        return new HostState(installation, revision, assignments, statuses, newer, containers, counters, endpoints);
    }

    /** The assignments among a batch's changes. */
    public List<AgentEvent.Change> changes(Batch batch) {
        List<AgentEvent.Change> changes = new ArrayList<>();
        for (Batch.Change change : batch.changes())
            changes.add(new AgentEvent.Change(instance(change.key()), change.entry().map(this::assigned)));
        return changes;
    }

    private Assigned assigned(Entry entry) {
        Assignment assignment = Codec.assignment(entry.value());
        return new Assigned(assignment, entry.created(), spec(assignment.spec()));
    }

    private Optional<ServiceSpec> spec(Digest digest) {
        synchronized (specs) {
            Optional<ServiceSpec> known = Optional.ofNullable(specs.get(digest));
            if (known.isPresent()) return known;
        }
        Optional<ServiceSpec> found = store.find(Keys.spec(digest)).map(entry -> Codec.spec(entry.value()));
        synchronized (specs) {
            found.ifPresent(spec -> specs.put(digest, spec));
        }
        return found;
    }

    /** What cannot be read is as good as not reported: the agent reports anew. */
    private static Optional<Status> status(Entry entry) {
        try {
            return Optional.of(Codec.status(entry.value()));
        } catch (MalformedValueException _) {
            return Optional.empty();
        }
    }

    /** Hosts on one machine have one address: the endpoints of what another one runs are that one's. */
    private boolean isElsewhere(InstanceId instance) {
        return store.find(Keys.run(instance)).filter(entry -> !entry.value().text().equals(host)).isPresent();
    }

    /** {@code /assign/<host>/<stack>/<tag>/<service>/<n>}, and the same under other tables. */
    private static InstanceId instance(String key) {
        int table = key.indexOf('/', 1);
        return InstanceId.parse(key.substring(key.indexOf('/', table + 1) + 1));
    }

    /** {@code /ports/<stack>/<tag>/<service>/<port>/<proto>/<ip>/<hostPort>/<id>}; others' addresses are left alone. */
    private void endpoint(Entry entry, Map<InstanceId, SortedMap<String, String>> endpoints) {
        String[] parts = entry.key().split("/", -1);
        if (parts.length != 10 || !addresses.contains(parts[7])) return;
        InstanceId instance = InstanceId.parse(parts[2] + "/" + parts[3] + "/" + parts[4] + "/" + parts[9]);
        endpoints.computeIfAbsent(instance, _ -> new TreeMap<>()).put(entry.key(), entry.value().text());
    }
}
