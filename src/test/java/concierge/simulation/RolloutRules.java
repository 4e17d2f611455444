package concierge.simulation;

import concierge.model.Assignment;
import concierge.model.Deployment;
import concierge.model.Digest;
import concierge.model.InstanceId;
import concierge.model.InstanceState;
import concierge.model.Intent;
import concierge.model.Link;
import concierge.model.Predecessor;
import concierge.model.RunKind;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.Status;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.store.Entry;
import concierge.store.Limits;
import concierge.store.Store;
import concierge.store.Transaction;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** What must hold of links and deployments, at every commit. */
final class RolloutRules {
    /**
     * So much older may be what a leader decided by than what its commit meets: a commit in doubt is asked
     * after for some ten seconds, while the store may be away.
     */
    private static final Duration STALE = Duration.ofSeconds(40);

    private final Store store;
    private final InstantSource clock;
    private final Function<Digest, ServiceSpec> specs;
    /** When an instance of a service was ready last, by {@code stack/service}, whatever the tag. */
    private final Map<String, Instant> lastReady = new HashMap<>();

    /** The numbers of a service that were ever ready or completed in a version. */
    private final Map<ServiceId, Map<Digest, Set<Integer>>> good = new HashMap<>();

    /** The last generation of an instance that was ready. */
    private final Map<InstanceId, Long> readyOnce = new HashMap<>();

    private final Map<String, Instant> intentChanged = new HashMap<>();

    RolloutRules(Store store, InstantSource clock, Function<Digest, ServiceSpec> specs) {
        this.store = store;
        this.clock = clock;
        this.specs = specs;
    }

    private static String name(ServiceId service) {
        return service.stack() + "/" + service.service();
    }

    void beforeStatus(Transaction.Put put) {
        String path = put.key().substring(Keys.STATUS.length());
        String host = path.substring(0, path.indexOf('/'));
        InstanceId id = InstanceId.parse(path.substring(host.length() + 1));
        Status after = Codec.status(put.value());
        boolean wasReady = store.find(put.key()).filter(entry -> Codec.status(entry.value()).state() == InstanceState.ready).isPresent();
        if (wasReady || after.state() == InstanceState.ready) lastReady.put(name(id.service()), clock.instant());
        if (after.state() == InstanceState.ready) readyOnce.put(id, after.generation());
        if (after.state() != InstanceState.ready && after.state() != InstanceState.completed) return;
        Optional<Entry> assigned = store.find(Keys.assign(host, id)).filter(entry -> entry.created() == after.generation());
        assigned.ifPresent(entry -> good.computeIfAbsent(id.service(), _ -> new HashMap<>())
                .computeIfAbsent(Codec.assignment(entry.value()).spec(), _ -> new TreeSet<>())
                .add(id.n()));
    }

    void beforeAssignment(Transaction.Put put) {
        Assignment assignment = Codec.assignment(put.value());
        if (assignment.desired() == Assignment.Desired.stop) beforeStop(assignment, put);
        if (store.find(put.key()).isPresent() || assignment.desired() != Assignment.Desired.run) return;
        for (Link link : specs.apply(assignment.spec()).links()) {
            ServiceId consumer = assignment.instance().service();
            String target = link.stack().orElse(consumer.stack()) + "/" + link.service();
            Instant last = isReadyNow(target) ? clock.instant() : lastReady.getOrDefault(target, Instant.MIN);
            if (last.isBefore(clock.instant().minus(STALE)))
                throw Invariants.violated("linked services first", assignment.instance() + " was placed, and nothing of " + target + " is ready");
        }
    }

    /**
     * Of what may stand anywhere one that serves, moved or on a drained host, stops only when the one that takes over was ready, or
     * as many as are wanted besides it; where nobody else has a say.
     */
    private void beforeStop(Assignment old, Transaction.Put put) {
        InstanceId id = old.instance();
        String proc = Keys.proc(id.service());
        boolean scaled = intentChanged.getOrDefault(proc, Instant.MIN).isAfter(clock.instant().minus(STALE));
        if (!id.service().equals(Rebalances.PAGE) || scaled) return;
        long generation = store.find(put.key()).map(Entry::created).orElse(0L);
        boolean serves = store.find(Keys.status(old.host(), id)).map(entry -> Codec.status(entry.value()))
                .filter(status -> status.generation() == generation && status.state() == InstanceState.ready && !status.crashing()).isPresent();
        if (!serves) return;
        Optional<Predecessor> own = Optional.of(new Predecessor(id.n(), generation));
        int others = 0;
        for (Entry entry : store.list(Keys.ASSIGN, "", Limits.PAGE, 0).entries()) {
            Assignment other = Codec.assignment(entry.value());
            boolean beside = other.instance().service().equals(id.service()) && !other.instance().equals(id) && other.desired() == Assignment.Desired.run;
            if (!beside || !wasReady(other.instance(), entry.created())) continue;
            if (other.insteadOf().equals(own)) return;
            others++;
        }
        int wanted = store.find(proc).map(entry -> Codec.intent(entry.value()).wanted()).orElse(0);
        if (others < wanted) throw Invariants.violated("who takes over is ready first", id + " stops, and " + others + " of " + wanted + " others were ready");
    }

    private boolean wasReady(InstanceId instance, long generation) {
        return Objects.equals(readyOnce.get(instance), generation);
    }

    private boolean isReadyNow(String target) {
        return store.list(Keys.STATUS, "", Limits.PAGE, 0).entries().stream().anyMatch(entry -> {
            String path = entry.key().substring(Keys.STATUS.length());
            ServiceId service = InstanceId.parse(path.substring(path.indexOf('/') + 1)).service();
            return name(service).equals(target) && Codec.status(entry.value()).state() == InstanceState.ready;
        });
    }

    void beforeDeployment(Transaction.Put put) {
        Deployment after = Codec.deployment(put.value());
        Optional<Deployment> before = store.find(put.key()).map(entry -> Codec.deployment(entry.value()));
        boolean reopened = before.filter(it -> it.outcome() != Deployment.Outcome.active && it.outcome() != after.outcome()).isPresent();
        if (reopened) throw Invariants.violated("a deployment ends once", before + " then " + after);
        if (after.outcome() == Deployment.Outcome.succeeded) succeeds(after);
    }

    /** Each number that was wanted was ready once in its version; people may have changed that a moment ago. */
    private void succeeds(Deployment deployment) {
        for (Entry entry : store.list(Keys.PROC + deployment.stack() + "/", "", Limits.PAGE, 0).entries()) {
            ServiceId service = ServiceId.parse(entry.key().substring(Keys.PROC.length()));
            Intent intent = Codec.intent(entry.value());
            boolean own = service.tag().equals(deployment.tag()) && !(intent.kind() instanceof RunKind.ToCompletion);
            boolean changed = intentChanged.getOrDefault(entry.key(), Instant.MIN).isAfter(clock.instant().minus(STALE));
            if (!own || changed || intent.override() != Intent.NO_OVERRIDE || intent.stopped()) continue;
            Set<Integer> ready = good.getOrDefault(service, Map.of()).getOrDefault(intent.spec(), Set.of());
            if (ready.size() < intent.wanted())
                throw Invariants.violated("a deployment succeeds when all was ready", deployment.id() + ": " + service + " wants " + intent.wanted() + ", ready were " + ready);
        }
    }

    void afterCommit(Transaction transaction) {
        boolean deployed = transaction.puts().stream().anyMatch(put -> put.key().startsWith(Keys.DEPLOYMENTS));
        for (Transaction.Put put : transaction.puts()) {
            if (put.key().startsWith(Keys.PROC) && !deployed) intentChanged.put(put.key(), clock.instant());
        }
        if (!deployed) return;
        List<Deployment> active = store.list(Keys.DEPLOYMENTS, "", Limits.PAGE, 0).entries().stream()
                .map(entry -> Codec.deployment(entry.value()))
                .filter(it -> it.outcome() == Deployment.Outcome.active)
                .toList();
        long stacks = active.stream().map(Deployment::stack).distinct().count();
        if (active.size() > stacks) throw Invariants.violated("one active deployment a stack", active);
    }
}
