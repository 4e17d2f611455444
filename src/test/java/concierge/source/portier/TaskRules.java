package concierge.source.portier;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What must hold at every step, and when all is calm. */
final class TaskRules {
    /** A claim that is gone is heard of by a beat, written, and stopped; an operation under way costs one more beat. */
    private static final Duration STOPPED_BY = Duration.ofSeconds(12);

    /** The longest way from hearing it to nothing running: a commit, a stop. */
    private static final Duration STOP = Duration.ofMillis(2500);

    private final TaskWorld world;
    private final Map<String, String> owners = new HashMap<>();
    /** What runs, or is about to, where the queue took it away: since when, and who had been silent. */
    private final Map<String, Map<String, Taken>> taken = new HashMap<>();

    private static final class Taken {
        final Instant at;
        final boolean silence;
        @Nullable Instant heard;

        Taken(Instant at, boolean silence) {
            this.at = at;
            this.silence = silence;
        }
    }

    TaskRules(TaskWorld world) {
        this.world = world;
    }

    private void violated(String rule, String what) {
        throw new AssertionError("violated: " + rule + ": " + what);
    }

    private Map<String, Taken> taken(String concierge) {
        return taken.computeIfAbsent(concierge, _ -> new TreeMap<>());
    }

    // ---- what the queue does

    void granted(SimulatedConcierge to, String task) {
        String before = owners.put(task, to.name);
        if (before != null) violated("a task is claimed once", task + " by " + to.name + ", and " + before + " has it");
        // One that it still stops stays taken until it has.
        if (!to.runs(task)) taken(to.name).remove(task);
    }

    void released(SimulatedConcierge by, String task) {
        owners.remove(task);
        if (by.has(task) && !taken(by.name).containsKey(task)) violated("a task is given back when nothing of it is left", task + " by " + by.name);
    }

    /** Whatever else happened at the queue: silence, people. */
    void owned(Map<String, String> now, boolean silence) {
        for (Map.Entry<String, String> before : Map.copyOf(owners).entrySet()) {
            if (Objects.equals(now.get(before.getKey()), before.getValue())) continue;
            owners.remove(before.getKey());
            boolean expelled = world.concierges.stream().anyMatch(one -> one.expelled && one.name.equals(before.getValue()));
            taken(before.getValue()).put(before.getKey(), new Taken(world.scheduler.instant(), silence && !expelled));
            world.trace("queue takes " + before.getKey() + " from " + before.getValue());
        }
    }

    /** Told that nothing is its any more, while its tasks wait. */
    void expelled(SimulatedConcierge one) {
        owners.forEach((task, owner) -> {
            if (owner.equals(one.name)) taken(owner).put(task, new Taken(world.scheduler.instant(), false));
        });
    }

    // ---- what a concierge does

    void claims(SimulatedConcierge by, String task, boolean recorded, boolean underWay) {
        if (recorded || underWay) violated("a claim is never doubled", task + " by " + by.name + (recorded ? ", which has it on record" : ", which has asked already"));
    }

    void started(SimulatedConcierge at, String task) {
        boolean own = at.name.equals(owners.get(task));
        if (!own && !taken(at.name).containsKey(task)) violated("only what was claimed runs", task + " at " + at.name + ", owner " + owners.get(task));
        for (SimulatedConcierge other : world.concierges) {
            if (other == at || !other.runs(task)) continue;
            Taken there = taken(other.name).get(task);
            if (there == null && !taken(at.name).containsKey(task)) violated("a task runs once", task + " at " + at.name + " and " + other.name);
            // Nobody has to be reached for it: whoever hears nothing stops by himself, before the queue can have given it away.
            boolean guarded = there != null && there.silence && !world.silence.isZero() && other.isAlive() && other.well.plus(TaskWorld.QUEUE_SILENCE).isBefore(there.at);
            if (guarded) violated("who hears nothing stops in time", task + " at " + at.name + ", and still at " + other.name);
        }
    }

    void ended(SimulatedConcierge at, String task) {
        if (at.name.equals(owners.get(task))) taken(at.name).remove(task);
    }

    /** Its intent goes, while it runs. */
    void stops(SimulatedConcierge at, String task) {
        boolean silent = !world.silence.isZero() && !at.lastListing.plus(world.silence).isAfter(world.scheduler.instant());
        boolean ours = at.name.equals(owners.get(task)) && !taken(at.name).containsKey(task);
        if (ours && !at.draining && !silent) violated("what is wanted is not stopped", task + " at " + at.name);
    }

    void heard(SimulatedConcierge by, Answer.Listing listing, Instant sent) {
        Set<String> claims = new HashSet<>(listing.claims());
        taken(by.name).forEach((task, one) -> {
            if (one.heard == null && sent.isAfter(one.at) && sent.isAfter(by.well) && !claims.contains(task)) one.heard = world.scheduler.instant();
        });
    }

    void disturbed(SimulatedConcierge at) {
        taken(at.name).values().forEach(one -> one.heard = null);
    }

    /** Now and then. */
    void look() {
        Instant now = world.scheduler.instant();
        for (SimulatedConcierge concierge : world.concierges) {
            if (!concierge.isAlive() || concierge.storeAway) continue;
            taken(concierge.name).forEach((task, one) -> {
                boolean late = one.heard != null && one.heard.plus(STOPPED_BY).plus(STOP).isBefore(now) && !concierge.name.equals(owners.get(task));
                if (late && concierge.runs(task)) violated("what is no longer listed stops", task + " at " + concierge.name + ", told " + Duration.between(one.heard, now).toSeconds() + " s ago");
            });
        }
    }

    // ---- in the end

    /**
     * What is in the way of: each wanted task runs once, where it is claimed, and nothing else does.
     *
     * @param excused may be nobody's yet
     */
    Optional<String> unsettled(Set<String> excused) {
        Map<String, String> runs = new TreeMap<>();
        for (SimulatedConcierge concierge : world.concierges) {
            for (String task : concierge.running()) {
                if (!world.wanted.contains(task)) return Optional.of(task + " runs at " + concierge.name + ", and nobody wants it");
                String other = runs.put(task, concierge.name);
                if (other != null) return Optional.of(task + " runs at " + concierge.name + " and " + other);
                if (!concierge.name.equals(owners.get(task))) return Optional.of(task + " runs at " + concierge.name + ", claimed by " + owners.get(task));
            }
        }
        for (String task : world.wanted) if (!runs.containsKey(task) && !excused.contains(task)) return Optional.of(task + " does not run, claimed by " + owners.get(task));
        for (SimulatedConcierge concierge : world.concierges) {
            for (String task : concierge.recorded()) if (!world.wanted.contains(task)) return Optional.of(task + " is on record at " + concierge.name);
        }
        return Optional.empty();
    }

    void requireSettled(Set<String> excused) {
        unsettled(excused).ifPresent(what -> violated("every wanted task runs once within 10 s of quiet", what));
    }

    /** Largest and smallest share. */
    int[] shares() {
        Map<String, Integer> all = new TreeMap<>();
        for (SimulatedConcierge concierge : world.concierges) all.put(concierge.name, 0);
        owners.values().forEach(owner -> all.merge(owner, 1, Integer::sum));
        return new int[] {all.values().stream().min(Integer::compare).orElse(0), all.values().stream().max(Integer::compare).orElse(0)};
    }
}
