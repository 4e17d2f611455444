package concierge.source.portier;

import concierge.model.ServiceSpec;
import concierge.source.portier.Ledger.Operation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
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

    /** More tasks than a concierge asks for in months; then it forgets that it did. */
    private static final int ASKED = 100_000;

    private final Ledger ledger;
    private final Pauses pauses;
    /** What this process has asked for, answered or not. */
    private final Set<String> asked = new HashSet<>();
    private boolean begun;
    private boolean doubtful;

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
        pauses.leave(task, now.plus(LATE));
    }

    /** Ours, and nobody here knows what it is to do: only a new claim tells. */
    void reclaim(List<String> claims) {
        doubtful = false;
        for (String task : claims) {
            if (ledger.find(task) != null || !ledger.isToldOf(task)) continue;
            if (begun && !asked.contains(task) && pauses.isNews("stranger")) {
                ledger.say(true, "the queue lists a task as ours that nobody here has asked for; does another concierge use the identity "
                        + ledger.settings.identity() + ", too? task=" + task + " (expected: an identity for each)");
            }
            ledger.release(task, ledger.settings.identity(), Operation.reclaim);
        }
        begun = true;
    }

    void claim(List<Answer.Available> available, Instant now) {
        List<Answer.Available> candidates = new ArrayList<>();
        for (Answer.Available task : available) {
            if (ledger.isToldOf(task.task()) && mayRun(task.task(), task.type(), now)) candidates.add(task);
        }
        // Each concierge in an order of its own: they seldom run for the same task.
        candidates.sort(Comparator.comparingInt(task -> scattered(ledger.settings.identity() + "/" + task.task())));
        Room room = ledger.room();
        int batch = Math.clamp((candidates.size() + 3) / 4, LEAST, MOST);
        for (Answer.Available task : candidates) {
            if (batch == 0) return;
            if (!room.take(ledger.types.find(task.type()).orElseThrow())) continue;
            batch--;
            ask(task.task());
        }
    }

    private boolean mayRun(String task, String type, Instant now) {
        return ledger.types.knows(type) && ledger.find(task) == null && !pauses.has(task, now) && !ledger.isThere(Claim.service(type, task));
    }

    private static int scattered(String text) {
        int hash = text.hashCode() * 0x9E3779B9;
        return (hash ^ hash >>> 15) * 0x85EBCA6B;
    }

    private void ask(String task) {
        if (asked.size() >= ASKED) asked.clear();
        asked.add(task);
        ledger.claim(task);
    }

    void granted(String task, String type, String configuration, boolean draining, Instant now) {
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
        pauses.leave(claim.task(), now.plus(ledger.settings.pause()));
        if (pauses.isNews(claim.task() + " " + reason)) ledger.say(true, claim.givenBack(reason));
        ledger.release(claim.task(), claim.identity(), Operation.release);
    }

    /** Nobody knows whether the queue did what it was asked. */
    void unanswered() {
        doubtful = true;
    }

    /** It is nobody's now; where it can run here, at once. */
    void released(String task, String type, Instant now) {
        if (mayRun(task, type, now) && ledger.room().take(ledger.types.find(type).orElseThrow())) ask(task);
    }
}
