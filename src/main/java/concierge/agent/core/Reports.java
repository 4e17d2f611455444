package concierge.agent.core;

import concierge.agent.instance.AgentLimits;
import concierge.agent.instance.Facts;
import concierge.model.InstanceId;
import concierge.state.Keys;
import concierge.store.CommitResult;
import concierge.store.Limits;
import concierge.store.Transaction;
import concierge.store.Transaction.Field;
import concierge.store.Value;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Writes what the agent found into the store: at most one commit under way, of as many instances as fit,
 * each with its newest facts; what changes meanwhile goes into the next one. A commit in doubt is repeated
 * unchanged (its id makes that harmless) until its outcome is known. Confined to the core.
 */
final class Reports {
    /** Bytes of one commit that are left for keys and compares. */
    private static final int BYTES = Limits.BYTES * 3 / 4;

    private final String host;
    private final String runId;
    private final RandomGenerator random;
    private final TreeMap<InstanceId, Instance> dirty = new TreeMap<>();
    private long commits;

    private @Nullable Transaction flight;
    private Map<InstanceId, Facts> flown = Map.of();
    private int doubts;
    private Instant repeatAt = Instant.MAX;

    Reports(String host, String runId, RandomGenerator random) {
        this.host = host;
        this.runId = runId;
        this.random = random;
    }

    void mark(Instance instance) {
        dirty.put(instance.id, instance);
    }

    /** A commit's outcome is not known: the store may be away. */
    boolean isInDoubt() {
        return flight != null && doubts > 0;
    }

    /** When the commit in doubt is repeated. */
    Instant repeatAt() {
        return flight == null ? Instant.MAX : repeatAt;
    }

    /** Whether endpoints of this instance stand in the store, or may in a moment. */
    boolean isPublished(Instance instance) {
        Facts flying = flown.get(instance.id);
        return !instance.stored.ports().isEmpty() || (flying != null && !flying.ports().isEmpty());
    }

    boolean isFlying(Instance instance) {
        return flown.containsKey(instance.id);
    }

    /** The commit to send now, if any. */
    Optional<Transaction> next(Wanted wanted, Instant now) {
        if (flight != null) {
            if (now.isBefore(repeatAt)) return Optional.empty();
            repeatAt = Instant.MAX;
            return Optional.of(flight);
        }
        if (dirty.isEmpty()) return Optional.empty();
        Transaction.Builder builder = Transaction.id(host + "-" + runId + "-" + (commits + 1));
        Map<InstanceId, Facts> facts = new TreeMap<>();
        int bytes = 0;
        for (Iterator<Instance> all = dirty.values().iterator(); all.hasNext(); ) {
            Instance instance = all.next();
            Optional<Facts> shall = wanted.facts(instance);
            List<Transaction.Put> puts = new ArrayList<>();
            List<String> deletes = new ArrayList<>();
            shall.ifPresent(it -> difference(instance, it, puts, deletes));
            int size = puts.stream().mapToInt(put -> put.key().length() + put.value().length()).sum()
                    + deletes.stream().mapToInt(String::length).sum();
            boolean fits = builder.operations() + puts.size() + deletes.size() <= Limits.OPERATIONS && bytes + size <= BYTES;
            if (!fits && builder.operations() > 0) break;
            all.remove();
            if (puts.isEmpty() && deletes.isEmpty()) continue;
            bytes += size;
            builder.compare(Keys.assign(host, instance.id), Field.created, shall.orElseThrow().generation());
            puts.forEach(put -> builder.put(put.key(), put.value()));
            deletes.forEach(builder::delete);
            facts.put(instance.id, shall.orElseThrow());
        }
        if (facts.isEmpty()) return Optional.empty();
        commits++;
        flown = facts;
        flight = builder.build();
        doubts = 0;
        repeatAt = Instant.MAX;
        return Optional.of(flight);
    }

    private void difference(Instance instance, Facts shall, List<Transaction.Put> puts, List<String> deletes) {
        Facts has = instance.stored.of(shall.generation());
        shall.status().filter(status -> !Optional.of(status).equals(has.status())).ifPresent(status ->
                puts.add(put(Keys.status(host, instance.id), instance.reported(status))));
        if (shall.generation() != 0 && !shall.container().equals(has.container()))
            puts.add(put(Keys.deploy(host, instance.id), Value.of(shall.container())));
        if (shall.generation() != 0 && shall.counter() != has.counter())
            puts.add(put(Keys.counter(host, instance.id), Value.of(Integer.toString(shall.counter()))));
        shall.ports().forEach((key, value) -> {
            if (!value.equals(has.ports().get(key))) puts.add(put(key, Value.of(value)));
        });
        for (String key : has.ports().keySet()) if (!shall.ports().containsKey(key)) deletes.add(key);
    }

    private static Transaction.Put put(String key, Value value) {
        return new Transaction.Put(key, value, 0);
    }

    /** Takes the answer; the instances that it concerned. */
    List<InstanceId> answered(String id, CommitResult result, Map<InstanceId, Instance> instances, Instant now) {
        if (flight == null || !flight.id().equals(id)) return List.of();
        List<InstanceId> concerned = List.copyOf(flown.keySet());
        switch (result) {
            case CommitResult.Unknown _ -> {
                repeatAt = now.plus(AgentLimits.COMMIT.pause(doubts++, random.nextDouble()));
                return List.of();
            }
            case CommitResult.Committed(long revision) -> flown.forEach((instance, facts) ->
                    Optional.ofNullable(instances.get(instance)).ifPresent(it -> store(it, facts, revision)));
            case CommitResult.Conflict(String key) -> flown.forEach((instance, facts) -> {
                Instance it = instances.get(instance);
                if (it == null) return;
                if (key.equals(Keys.assign(host, instance))) it.blocked = facts.generation();
                mark(it);
            });
        }
        flight = null;
        flown = Map.of();
        doubts = 0;
        return concerned;
    }

    private static void store(Instance instance, Facts facts, long revision) {
        boolean had = !instance.stored.ports().isEmpty();
        boolean has = !facts.ports().isEmpty();
        instance.stored = facts;
        if (has) instance.withdrawnAt = 0;
        else if (had) instance.withdrawnAt = revision;
    }

    /** What shall stand in the store of an instance; empty: nothing may be written now. */
    interface Wanted {
        Optional<Facts> facts(Instance instance);
    }
}
