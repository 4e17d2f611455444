package concierge.control;

import concierge.model.ServiceId;
import concierge.runtime.Backoff;
import concierge.store.CommitResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.SortedSet;

/** One pass on its way into the store: wave after wave, until all is committed or something conflicts. */
final class Flight {
    /** Commits under way at once: enough to keep a store's group commit busy. */
    private static final int WINDOW = 16;

    /** Questions about one commit in doubt before the pass is given up and planned anew, which is safe. */
    private static final int ATTEMPTS = 8;

    /** A store that was only slow answers soon; one that is gone is not asked more often than this. */
    private static final Backoff PAUSE = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(5));

    /** What this pass planned: again, when it does not get through. */
    final SortedSet<ServiceId> planned;

    /** Revision of the view it was planned from. */
    final long revision;

    private final Queue<Queue<ControlEffect.Write>> waves;
    private Queue<ControlEffect.Write> wave = new ArrayDeque<>();
    private final Map<String, Doubt> underWay = new HashMap<>();
    private long committed;
    private boolean failed;

    private static final class Doubt {
        final ControlEffect.Write write;
        int attempts;
        /** When to ask; {@link Instant#MAX} while an answer is awaited. */
        Instant askAt = Instant.MAX;

        Doubt(ControlEffect.Write write) {
            this.write = write;
        }
    }

    Flight(SortedSet<ServiceId> planned, long revision, Queue<Queue<ControlEffect.Write>> waves) {
        this.planned = planned;
        this.revision = revision;
        this.waves = waves;
    }

    boolean isOver() {
        return underWay.isEmpty() && (failed || wave.isEmpty() && waves.isEmpty());
    }

    boolean hasFailed() {
        return failed;
    }

    /** The newest revision that it made; 0: none. */
    long committed() {
        return committed;
    }

    /** What to send and ask now. */
    List<ControlEffect> advance(Instant now) {
        List<ControlEffect> effects = new ArrayList<>();
        for (Map.Entry<String, Doubt> entry : underWay.entrySet()) {
            Doubt doubt = entry.getValue();
            if (doubt.askAt.isAfter(now)) continue;
            doubt.askAt = Instant.MAX;
            effects.add(new ControlEffect.Recall(entry.getKey()));
        }
        while (!failed && underWay.size() < WINDOW) {
            if (wave.isEmpty()) {
                Queue<ControlEffect.Write> next = underWay.isEmpty() ? waves.poll() : null;
                if (next == null) break;
                wave = next;
            }
            ControlEffect.Write write = wave.remove();
            underWay.put(write.id(), new Doubt(write));
            effects.add(write);
        }
        return effects;
    }

    /** When there is something to ask. */
    Optional<Instant> deadline() {
        return underWay.values().stream()
                .map(doubt -> doubt.askAt)
                .filter(at -> !at.equals(Instant.MAX))
                .min(Instant::compareTo);
    }

    void answered(String id, CommitResult result, Instant now) {
        Doubt doubt = underWay.get(id);
        if (doubt == null) return;
        switch (result) {
            case CommitResult.Committed(long revision) -> commit(id, revision);
            case CommitResult.Conflict _ -> fail(id);
            case CommitResult.Unknown _ -> doubt(id, doubt, now);
        }
    }

    /** Sends it again when the store does not know it: the id keeps it from being applied twice. */
    List<ControlEffect> recalled(ControlEvent.Recalled answer, Instant now) {
        Doubt doubt = underWay.get(answer.id());
        if (doubt == null) return List.of();
        if (!answer.reachable()) {
            doubt(answer.id(), doubt, now);
        } else if (answer.committed().isPresent()) {
            commit(answer.id(), answer.committed().getAsLong());
        } else if (failed) {
            underWay.remove(answer.id());
        } else {
            return List.of(doubt.write);
        }
        return List.of();
    }

    private void commit(String id, long revision) {
        underWay.remove(id);
        committed = Math.max(committed, revision);
    }

    private void fail(String id) {
        underWay.remove(id);
        failed = true;
    }

    private void doubt(String id, Doubt doubt, Instant now) {
        if (++doubt.attempts > ATTEMPTS) fail(id);
        else doubt.askAt = now.plus(PAUSE.pause(doubt.attempts - 1, 0));
    }
}
