package concierge.simulation;

import concierge.agent.instance.Progress;
import concierge.executor.Running;
import concierge.model.Assignment;
import concierge.model.Digest;
import concierge.model.InstanceId;
import concierge.model.Port;
import concierge.model.Resources;
import concierge.model.ServiceSpec;
import concierge.model.Status;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.store.Entry;
import concierge.store.Limits;
import concierge.store.Store;
import concierge.store.Transaction;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What must hold at every moment, whatever fails. A violation is an {@link AssertionError} with its name. */
final class Invariants {
    private final Store store;
    private final Map<String, Resources> capacities;
    private final Map<InstanceId, TreeMap<String, FakeEngine.Container>> running = new TreeMap<>();
    private final Map<String, String> endpoints = new HashMap<>();
    private static final Pattern PLANNED = Pattern.compile("plan-([0-9]+)-.*");

    /** Hosts whose agent was dead, or whose engine did not answer, a moment ago. */
    Predicate<String> nobodyCouldStop = _ -> false;

    private final Map<Digest, ServiceSpec> specs = new HashMap<>();
    private final RolloutRules rollouts;

    Invariants(Store store, Map<String, Resources> capacities, InstantSource clock) {
        this.store = store;
        this.capacities = capacities;
        this.rollouts = new RolloutRules(store, clock, this::spec);
    }

    static AssertionError violated(String rule, Object detail) {
        return new AssertionError("violated: " + rule + ": " + detail);
    }

    /** A container started: nobody else may run as the same instance. */
    void started(String host, FakeEngine.Container container) {
        InstanceId id = container.workload.instance();
        TreeMap<String, FakeEngine.Container> others = running.computeIfAbsent(id, _ -> new TreeMap<>());
        for (String other : others.keySet()) {
            // One that was given up with its host may run there until the host can be reached again, or even
            // start there: an engine that hangs carries out late what it was asked for.
            boolean late = isReleased(host, container);
            boolean givenUp = isReleased(other, others.get(other)) || late;
            if (givenUp && container.workload.spec().stopsWhenLost() && !nobodyCouldStop.test(late ? host : other))
                throw violated("what stops when lost runs once", id + " on " + host + " and on " + other);
            boolean tolerated = givenUp && !container.workload.spec().pinned();
            if (!tolerated) throw violated("no instance twice", id + " on " + host + " and on " + other);
        }
        others.put(host, container);
        if (!container.workload.spec().volumes().isEmpty()) alone(host, id);
    }

    private boolean isReleased(String host, FakeEngine.Container container) {
        return store.find(Keys.assign(host, container.workload.instance()))
                .filter(entry -> entry.created() == container.workload.generation())
                .isEmpty();
    }

    /** What runs is given up only while its host is not there. */
    private void released(String key) {
        String path = key.substring(Keys.ASSIGN.length());
        String host = path.substring(0, path.indexOf('/'));
        InstanceId id = InstanceId.parse(path.substring(host.length() + 1));
        FakeEngine.Container container = running.getOrDefault(id, new TreeMap<>()).get(host);
        boolean runs = container != null && !isReleased(host, container);
        if (runs && store.find(Keys.host(host)).isPresent()) throw violated("no instance twice", id + " is given up while it runs on " + host + ", which is there");
    }

    /** The fence is in the ids of what a leader plans. */
    private void fenced(String transaction) {
        Matcher planned = PLANNED.matcher(transaction);
        long leads = store.find(Keys.LEADER).map(Entry::created).orElse(0L);
        if (planned.matches() && Long.parseLong(planned.group(1)) != leads)
            throw violated("a deposed leader writes nothing", transaction + " while the leader is of " + leads);
    }

    /** Volumes are named without the tag: two versions of a number would write to one. */
    private void alone(String host, InstanceId id) {
        running.forEach((other, hosts) -> {
            boolean shares = !other.equals(id) && other.n() == id.n() && hosts.containsKey(host)
                    && other.service().stack().equals(id.service().stack()) && other.service().service().equals(id.service().service())
                    && !hosts.get(host).workload.spec().volumes().isEmpty();
            if (shares) throw violated("a volume has one user", id + " and " + other + " on " + host);
        });
    }

    void ended(String host, FakeEngine.Container container) {
        TreeMap<String, FakeEngine.Container> all = running.get(container.workload.instance());
        if (all != null && all.get(host) == container) all.remove(host);
    }

    /** An agent stops a container: nobody may be sent to it any more. */
    void stopping(String host, FakeEngine.Container container) {
        // Cut off, it is stopped although its endpoints cannot be withdrawn.
        if (container.workload.spec().stopsWhenLost()) return;
        String prefix = Keys.PORTS + container.workload.instance().service().path() + "/";
        for (Entry entry : store.list(prefix, "", Limits.PAGE, 0).entries())
            if (container.ports.containsValue(entry.value().text()) && entry.key().endsWith("/" + container.workload.instance().n()))
                throw violated("endpoints vanish before the stop", entry.key() + " on " + host);
    }

    /** Called before a commit is applied. */
    void beforeCommit(Transaction transaction) {
        fenced(transaction.id());
        for (String key : transaction.deletes()) if (key.startsWith(Keys.ASSIGN)) released(key);
        for (Transaction.Put put : transaction.puts()) {
            if (put.key().startsWith(Keys.DEPLOYMENTS)) rollouts.beforeDeployment(put);
            if (put.key().startsWith(Keys.ASSIGN)) rollouts.beforeAssignment(put);
            if (!put.key().startsWith(Keys.STATUS)) continue;
            rollouts.beforeStatus(put);
            Optional<Status> before = store.find(put.key()).map(entry -> Codec.status(entry.value()));
            Status after = Codec.status(put.value());
            before.filter(status -> !Progress.mayFollow(status, after)).ifPresent(status -> {
                throw violated("states never go backwards", put.key() + ": " + status + " then " + after);
            });
        }
    }

    /** Called after a commit was applied. */
    void afterCommit(Transaction transaction) {
        for (Transaction.Put put : transaction.puts()) {
            if (put.key().startsWith(Keys.PORTS)) published(put.key(), put.value().text());
            if (put.key().startsWith(Keys.ASSIGN)) assigned(Codec.assignment(put.value()));
        }
        rollouts.afterCommit(transaction);
        for (String key : transaction.deletes())
            if (key.startsWith(Keys.PORTS)) endpoints.values().removeIf(key::equals);
    }

    private void published(String key, String target) {
        String before = endpoints.put(target, key);
        if (before != null && !before.equals(key) && store.find(before).isPresent())
            throw violated("host ports are unique", before + " and " + key);
    }

    private void assigned(Assignment assignment) {
        Resources used = Resources.NONE;
        Resources capacity = capacities.getOrDefault(assignment.host(), Resources.NONE);
        Map<Port, InstanceId> hostPorts = new HashMap<>();
        for (Entry entry : store.list(Keys.ASSIGN, "", Limits.PAGE, 0).entries()) {
            Assignment other = Codec.assignment(entry.value());
            if (other.host().equals(assignment.host()) && occupies(other)) {
                used = used.plus(spec(other.spec()).resources());
                claim(hostPorts, other);
            }
            boolean twice = other.instance().equals(assignment.instance()) && !other.host().equals(assignment.host());
            if (twice) throw violated("one allocation an instance", assignment.instance() + " on " + other.host() + " and " + assignment.host());
        }
        if (used.cpuMillis() > capacity.cpuMillis() || used.memoryBytes() > capacity.memoryBytes())
            throw violated("capacity is never exceeded", assignment.host() + ": " + used + " of " + capacity);
        String pin = store.find(Keys.fixed(assignment.instance())).map(entry -> entry.value().text()).orElse(assignment.host());
        if (spec(assignment.spec()).pinned() && !pin.equals(assignment.host()))
            throw violated("a fixed instance stays on its host", assignment.instance() + " on " + assignment.host() + ", pinned to " + pin);
    }

    /** What has ended holds nothing any more, even while its state is kept. */
    private boolean occupies(Assignment assignment) {
        return store.find(Keys.status(assignment.host(), assignment.instance()))
                .map(entry -> !Codec.status(entry.value()).state().isFinal())
                .orElse(true);
    }

    private void claim(Map<Port, InstanceId> claims, Assignment assignment) {
        for (Port port : spec(assignment.spec()).ports()) {
            InstanceId other = port.host().isEmpty() ? null : claims.put(port, assignment.instance());
            if (other != null)
                throw violated("a host port is never used twice", port + " on " + assignment.host() + " by " + other + " and " + assignment.instance());
        }
    }

    private ServiceSpec spec(Digest digest) {
        return specs.computeIfAbsent(digest, _ -> store.find(Keys.spec(digest)).map(entry -> Codec.spec(entry.value())).orElseThrow());
    }

    /** An agent acted although the store it read was not ours. */
    static AssertionError touchedWithoutStore(String host, Object effect) {
        return violated("nothing is touched without our store", host + ": " + effect);
    }

    static boolean runs(FakeEngine.Container container) {
        return container.state == Running.State.running;
    }
}
