package concierge.agent.core;

import concierge.agent.instance.Assigned;
import concierge.agent.instance.Facts;
import concierge.executor.Running;
import concierge.model.ExecutorKind;
import concierge.model.InstanceId;
import concierge.model.RunKind;
import concierge.model.ServiceSpec;
import concierge.model.Status;
import concierge.state.Codec;
import concierge.store.Value;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One instance on this host: what is wanted of it, what the engines show of it, the operation under way
 * (at most one, so that verbs never race), and what the store holds of it. Confined to the core.
 */
final class Instance {
    final InstanceId id;

    /** Empty: nobody wants it; whatever is left of it is an orphan. */
    @Nullable Assigned assigned;

    @Nullable Life life;
    Duration grace = ServiceSpec.STOP_GRACE;
    /** Others may start it elsewhere once this host's lease has ended. */
    boolean stopsWhenLost;

    int counter;

    private final Map<ExecutorKind, Sighting> seen = new EnumMap<>(ExecutorKind.class);
    private final Map<ExecutorKind, Long> touched = new EnumMap<>(ExecutorKind.class);

    @Nullable Operation operation;

    /** No stop or removal before this: the last one failed. */
    Instant nextRemoval = Instant.MIN;

    int removalFailures;

    // what the store holds
    Facts stored = Facts.NONE;

    /** Its status as it was found, if that holds fields which only a newer program knows: they are kept. */
    @Nullable Value newer;

    /** The revision at which its endpoints vanished, until the routers serve it; 0: they do. */
    long withdrawnAt;

    /** The generation whose writes met a conflict: nothing is written until its assignment changes. */
    long blocked = -1;

    Instant nextProgress = Instant.MIN;
    Instant wakeAt = Instant.MAX;

    Instance(InstanceId id) {
        this.id = id;
    }

    /** Whether nobody wants it any more, it runs all the same, and {@code other} is the same instance in another version: they have one volume. */
    boolean isLeftoverOf(InstanceId other) {
        boolean same = id.n() == other.n() && id.service().stack().equals(other.service().stack()) && id.service().service().equals(other.service().service());
        return same && !id.equals(other) && assigned == null
                && seen.values().stream().anyMatch(sighting -> sighting.running().state() == Running.State.running);
    }

    enum Verb {
        ensure,
        stop,
        remove,
        inspect,
        drain
    }

    /** A verb under way. Its kind is any engine's for {@code drain}; generation 0: nobody wanted it. */
    static final class Operation {
        final long number;
        final Verb verb;
        final ExecutorKind kind;
        final long generation;
        Instant lastSign;
        boolean cancelled;

        Operation(long number, Verb verb, ExecutorKind kind, long generation, Instant now) {
            this.number = number;
            this.verb = verb;
            this.kind = kind;
            this.generation = generation;
            this.lastSign = now;
        }
    }

    private record Sighting(Running running) {}

    Optional<Running> on(ExecutorKind kind) {
        return Optional.ofNullable(seen.get(kind)).map(Sighting::running);
    }

    /** The engines that hold something of it. */
    List<ExecutorKind> engines() {
        return List.copyOf(seen.keySet());
    }

    /**
     * The engine that shows a copy of it which is newer than the store and not to be touched; empty: none does. One
     * that has ended is in the way of what shall run for ever, and nothing is lost with it.
     */
    Optional<ExecutorKind> ahead(long revision) {
        boolean replaced = assigned != null && !assigned.isStopping() && assigned.assignment().kind() instanceof RunKind.Forever;
        return seen.entrySet().stream()
                .filter(sighting -> sighting.getValue().running().generation() > revision)
                .filter(sighting -> !replaced || sighting.getValue().running().state() == Running.State.running)
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** The newest generation that an engine shows; 0: none shows anything. */
    long newestSeen() {
        return seen.values().stream().mapToLong(sighting -> sighting.running().generation()).max().orElse(0);
    }

    /** Takes an observation over unless a newer one is known; {@code at}: the step. */
    void observe(ExecutorKind kind, Running running, long at) {
        touched.put(kind, at);
        Sighting known = seen.get(kind);
        if (known == null || !isOlder(running, known.running())) seen.put(kind, new Sighting(running));
    }

    /** The answer of an ensure: a new run even where the engine's clock went back, unless its end was seen already. */
    void ensured(ExecutorKind kind, Running running, long at) {
        touched.put(kind, at);
        Sighting known = seen.get(kind);
        boolean endSeen = known != null
                && known.running().generation() == running.generation()
                && known.running().started().equals(running.started())
                && known.running().state() == Running.State.ended;
        if (!endSeen) seen.put(kind, new Sighting(running));
    }

    void gone(ExecutorKind kind, long at) {
        touched.put(kind, at);
        seen.remove(kind);
    }

    /** Whether something was heard or done about it since step {@code listing}: then a listing asked for at that step is old. */
    boolean touchedSince(ExecutorKind kind, long listing) {
        return touched.getOrDefault(kind, -1L) >= listing || (operation != null && operation.kind == kind);
    }

    /** Runs are ordered by generation, start, and state; an engine never goes back in that order. */
    private static boolean isOlder(Running running, Running known) {
        if (running.generation() != known.generation()) return running.generation() < known.generation();
        Instant start = running.started().orElse(Instant.MIN);
        Instant knownStart = known.started().orElse(Instant.MIN);
        if (!start.equals(knownStart)) return start.isBefore(knownStart);
        return running.state().compareTo(known.state()) < 0;
    }

    /** As its status is to stand in the store. */
    Value reported(Status status) {
        boolean same = newer != null && stored.generation() == status.generation();
        return newer != null && same ? Codec.rewrite(newer, status) : Codec.value(status);
    }

    /** Of its assignment; 0: it has none. */
    long generation() {
        return assigned == null ? 0 : assigned.generation();
    }

    boolean isForgotten() {
        return assigned == null && seen.isEmpty() && operation == null && stored.ports().isEmpty();
    }
}
