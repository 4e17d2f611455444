package concierge.source.portier;

import concierge.model.ServiceSpec;
import concierge.source.portier.Ledger.Operation;
import concierge.source.portier.Standing.Unclaimed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which of the available tasks are claimed, and what becomes of the answer. Belongs to the core. */
final class Claiming {
    /** Claims at once, whatever is available: the others' share. Of more, a quarter a beat, up to {@link #MOST}. */
    static final int LEAST = 4;

    /** A burst of tasks is shared, even when one concierge beats right after it. */
    static final int MOST = 16;

    /**
     * A release that was given up may still arrive, and would free a task that was claimed afresh meanwhile; a queue that
     * works on a call for so much longer than anybody waits for it is not known.
     */
    static final Duration LATE = PortierClient.LIMIT.multipliedBy(2);

    private static final String IN_DOUBT = "its release was not answered, and may still arrive";

    static final String UNSAYABLE = "its name cannot be sent or shown as it is (expected: up to " + Foreign.LONGEST_NAME + " characters, none of them control characters)";

    /** Enough to find them at the queue. */
    private static final int SHOWN = 5;

    /** More tasks than are in trouble at a time; then their counts begin anew. */
    private static final int FAILING = 10_000;

    private final Ledger ledger;
    private final Pauses pauses;
    /** What came of claims that were not answered usably. */
    private final Map<String, Failed> failures = new HashMap<>();
    /** How often in a row a release was not. */
    private final Map<String, Integer> unreleased = new HashMap<>();
    private boolean begun;
    private boolean doubtful;

    /** @param times in a row */
    private record Failed(int times, Instant last) {}

    Claiming(Ledger ledger, Pauses pauses) {
        this.ledger = ledger;
        this.pauses = pauses;
    }

    /** Of what others, or an earlier process, were about to release, nobody knows how far they came. */
    void begin(Instant now) {
        begun = false;
        doubtful = false;
        for (Held one : ledger.all()) if (one.claim.isLeaving()) doubt(one.claim.task(), now);
    }

    /** Whether the queue may have given us something that no listing has told of yet. */
    boolean isDoubtful() {
        return doubtful;
    }

    /** A release was given up. */
    void doubt(String task, Instant now) {
        pauses.leave(task, now.plus(LATE), IN_DOUBT);
    }

    /** It was answered after all. */
    void settled(String task) {
        pauses.lift(task, IN_DOUBT);
    }

    /** Ours, and nobody here knows what it is to do: only a new claim tells. */
    void reclaim(List<String> claims) {
        doubtful = false;
        List<String> strangers = new ArrayList<>();
        for (String task : claims) {
            if (ledger.find(task) != null || !ledger.isToldOf(task)) continue;
            if (!ledger.hasAsked(task)) strangers.add(task);
            ledger.release(task, ledger.settings.identity(), Operation.reclaim);
        }
        if (!strangers.isEmpty()) strange(strangers);
        begun = true;
    }

    /** Neither the queue nor we can tell two apart that use one identity; what is seen of it is said. */
    private void strange(List<String> tasks) {
        String identity = ledger.settings.identity();
        String listed = "the queue lists as ours what nobody here has claimed tasks=" + String.join(",", tasks.subList(0, Math.min(SHOWN, tasks.size())))
                + (tasks.size() > SHOWN ? ",… (" + tasks.size() + ")" : "");
        // Only of this process is it known what it asked for.
        if (begun && pauses.isNews("stranger", "")) {
            ledger.say(true, listed + ": another concierge uses the identity " + identity + ", too, and both run all its tasks (expected: an identity for each; portier.identity says which)");
        } else if (!begun && pauses.isNews("strange beginning", "")) {
            ledger.say(true, listed + ": it is claimed afresh. Either this one ended while it claimed; or another concierge uses the identity " + identity
                    + ", too (expected: an identity for each; portier.identity says which); or this home is new, and what an earlier one ran may still run "
                    + "(docker ps --filter label=concierge.instance shows containers)");
        }
    }

    /** @return what is available and not claimed, and why; not what waits for its turn */
    List<Unclaimed> claim(Answer.Listing listing, Instant now) {
        List<Unclaimed> left = new ArrayList<>();
        for (Answer.Available task : listing.unsayable()) left.add(new Unclaimed(task.task(), task.type(), UNSAYABLE, Optional.empty()));
        List<Answer.Available> candidates = new ArrayList<>();
        for (Answer.Available task : listing.available()) {
            if (!ledger.isToldOf(task.task())) continue;
            Optional<Unclaimed> reason = leftAlone(task, now);
            if (reason.isPresent()) left.add(reason.get());
            else if (ledger.find(task.task()) == null) candidates.add(task);
        }
        // Each concierge in an order of its own: they seldom run for the same task.
        candidates.sort(Comparator.comparingInt(task -> scattered(ledger.settings.identity() + "/" + task.task())));
        Room room = ledger.room();
        int batch = Math.clamp((candidates.size() + 3) / 4, LEAST, MOST);
        // What has no room for one of a type has none for the next.
        Map<String, String> full = new HashMap<>();
        for (Answer.Available task : candidates) {
            if (batch == 0) break;
            ServiceSpec spec = ledger.types.find(task.type()).orElseThrow();
            if (!full.containsKey(task.type()) && room.take(spec)) {
                batch--;
                ledger.claim(task.task());
            } else {
                String reason = full.computeIfAbsent(task.type(), _ -> "no room: " + room.shortage(spec));
                left.add(new Unclaimed(task.task(), task.type(), reason, Optional.empty()));
            }
        }
        tell(left);
        return left;
    }

    /** Why it is not even tried; empty: it may be. */
    private Optional<Unclaimed> leftAlone(Answer.Available task, Instant now) {
        if (!ledger.types.knows(task.type())) return Optional.of(new Unclaimed(task.task(), task.type(), "no such type here", Optional.empty()));
        Optional<Unclaimed> paused = pauses.find(task.task(), now).map(pause -> new Unclaimed(task.task(), task.type(), pause.reason(), Optional.of(pause.end())));
        if (paused.isPresent() || !ledger.isThere(Claim.service(task.type(), task.task()))) return paused;
        return Optional.of(new Unclaimed(task.task(), task.type(), "what ran of it here has not stopped yet", Optional.empty()));
    }

    /** Each reason once a type; of a task that was given back it was told then. */
    private void tell(List<Unclaimed> left) {
        Set<String> seen = new HashSet<>();
        for (Unclaimed one : left) {
            boolean first = one.again().isEmpty() && seen.add(one.type() + " " + one.reason());
            if (!first || !pauses.isNews("unclaimed " + one.type(), one.reason())) continue;
            ledger.say(false, "tasks are left to others type=" + one.type() + " reason=" + one.reason() + " first=" + one.task() + " (concierge portier tasks shows all)");
        }
    }

    private boolean mayRun(Answer.Available task, Instant now) {
        return ledger.find(task.task()) == null && leftAlone(task, now).isEmpty();
    }

    private static int scattered(String text) {
        int hash = text.hashCode() * 0x9E3779B9;
        return (hash ^ hash >>> 15) * 0x85EBCA6B;
    }

    void granted(String task, String type, String configuration, boolean draining, Instant now) {
        failures.remove(task);
        String identity = ledger.settings.identity();
        Claim claim = new Claim(task, type, identity, configuration, "");
        Optional<ServiceSpec> spec = ledger.types.spec(claim);
        int bytes = claim.configurationBytes();
        if (draining) ledger.release(task, identity, Operation.release);
        else if (spec.isEmpty()) unfit(claim, "tasks of the type " + type + " are not run here", now);
        else if (bytes > Claim.LONGEST_CONFIGURATION) unfit(claim, "its configuration has " + bytes + " bytes (expected: at most " + Claim.LONGEST_CONFIGURATION + ")", now);
        else ledger.keep(new Held(claim, 0), spec.get(), false);
    }

    /** Given back at once: nothing of it was begun. */
    private void unfit(Claim claim, String reason, Instant now) {
        pauses.leave(claim.task(), now.plus(ledger.settings.pause()), reason);
        if (pauses.isNews(claim.task(), reason)) ledger.say(true, claim.givenBack(reason));
        ledger.release(claim.task(), claim.identity(), Operation.release);
    }

    /** Somebody was faster, or changed his mind: how a shared queue is. */
    void refused(String task, Instant now) {
        // Unless an earlier claim was not answered, and may have come through, or still arrive: then it may be ours all the same.
        Failed before = failures.get(task);
        if (before != null && before.last().plus(LATE).isAfter(now)) return;
        failures.remove(task);
        ledger.disown(task);
    }

    /**
     * Nobody knows whether the queue did what it was asked. An answer is lost now and then, and the next beat tells; where
     * it happens again it is this task's, and there are longer and longer pauses between the tries.
     */
    void unanswered(String task, String reason, Instant now) {
        doubtful = true;
        if (failures.size() >= FAILING) failures.clear();
        int times = failures.merge(task, new Failed(1, now), (before, _) -> new Failed(before.times() + 1, now)).times();
        if (times == 1) return;
        Duration pause = ledger.settings.interval().multipliedBy(1L << Math.min(times - 2, 10));
        if (pause.compareTo(ledger.settings.pause()) > 0) pause = ledger.settings.pause();
        String what = "the queue gives no usable answer to its claim: " + reason;
        pauses.leave(task, now.plus(pause), what);
        if (pauses.isNews(task, what)) {
            ledger.say(true, "task not claimed, tried again after pauses of up to " + ledger.settings.pause().toSeconds() + " s task=" + task + " reason=" + what);
        }
    }

    /** A release was not answered. */
    void doubtful(String task, String reason, Instant now) {
        doubtful = true;
        doubt(task, now);
        if (unreleased.size() >= FAILING) unreleased.clear();
        String what = "the queue gives no usable answer to its release: " + reason;
        if (unreleased.merge(task, 1, Integer::sum) > 1 && pauses.isNews(task, what)) {
            ledger.say(true, "task not given back, tried again until it is task=" + task + " reason=" + what);
        }
    }

    /** It is nobody's now; where it can run here, at once. */
    void released(String task, String type, Instant now) {
        if (mayRun(new Answer.Available(task, type), now) && ledger.room().take(ledger.types.find(type).orElseThrow())) ledger.claim(task);
    }

    /** The queue has answered a release. */
    void given(String task) {
        unreleased.remove(task);
        ledger.disown(task);
    }
}
