package concierge.source.portier;

import concierge.model.View;
import concierge.runtime.Core;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides, while this process leads, which tasks are claimed, run, stopped and given back. One operation a task is under
 * way at most; an answer to a heartbeat says nothing of a task that was touched after it was sent, so that no claim is
 * made twice and none is given up because of an older answer. {@link Ledger} knows what is ours and under way, {@link
 * Pulse} asks the queue, {@link Claiming} takes tasks, {@link Keeping} has them run.
 */
final class PortierCore implements Core<PortierEvent, PortierEffect> {
    private final Ledger ledger;
    private final Pulse pulse;
    private final Claiming claiming;
    private final Keeping keeping;
    private final Pauses pauses = new Pauses();
    private @Nullable Instant wake;
    private boolean draining;
    private boolean drained;

    PortierCore(TaskTypes types, PortierSettings settings) {
        this.ledger = new Ledger(types, settings);
        this.pulse = new Pulse(ledger);
        this.claiming = new Claiming(ledger, pauses);
        this.keeping = new Keeping(ledger, pauses);
    }

    @Override
    public List<PortierEffect> step(PortierEvent event, Instant now) {
        switch (event) {
            case PortierEvent.Elected(long created, long revision, List<Claim> claims) -> {
                ledger.open(created, revision, claims);
                pulse.begin(now);
                claiming.begin(now);
            }
            case PortierEvent.Deposed _ -> {
                ledger.close();
                pulse.end();
            }
            case PortierEvent.ViewChanged(View changed) -> ledger.view = changed;
            case PortierEvent.Drain(boolean on) -> {
                draining = on;
                drained = false;
            }
            case PortierEvent.Woke _ -> wake = null;
            case PortierEvent.Beaten(long number, Answer answer) -> pulse.heard(number, answer, now).ifPresent(listing -> listed(listing, now));
            case PortierEvent.Claimed(long operation, Answer answer) -> ledger.ended(operation).ifPresent(ended -> claimed(ended.task(), answer, now));
            case PortierEvent.Released(long operation, Answer answer) -> ledger.ended(operation).ifPresent(ended -> released(ended, answer, now));
            case PortierEvent.Written(long operation, long revision) -> ledger.ended(operation).ifPresent(ended -> ledger.written(ended.task(), revision));
        }
        if (ledger.fence != 0) act(now);
        if (draining && !drained && isGivenBack()) {
            drained = true;
            ledger.ask(new PortierEffect.Drained());
        }
        return ledger.effects();
    }

    /** Nothing is ours, as far as anybody here can know. */
    private boolean isGivenBack() {
        return ledger.isEmpty() && (ledger.fence == 0 || !claiming.isDoubtful());
    }

    private void listed(Answer.Listing listing, Instant now) {
        keeping.listed(new HashSet<>(listing.claims()));
        claiming.reclaim(listing.claims());
        if (!draining) claiming.claim(listing.available(), now);
        ledger.heard();
        pauses.tidy(now);
    }

    private void claimed(String task, Answer answer, Instant now) {
        switch (answer) {
            case Answer.Granted(_, String type, String configuration) -> claiming.granted(task, type, configuration, draining, now);
            case Answer.Locked _, Answer.Gone _, Answer.NotOurs _ -> {
                // Somebody was faster, or changed his mind: how a shared queue is.
            }
            case Answer.UnknownIdentity _, Answer.Listing _ -> {
                // The next beat tells.
            }
            case Answer.Unreachable(String reason) -> {
                pulse.unreachable(reason);
                claiming.unanswered();
            }
        }
    }

    private void released(Ledger.Ended ended, Answer answer, Instant now) {
        String task = ended.task();
        Held one = ledger.find(task);
        if (answer instanceof Answer.Unreachable(String reason)) {
            pulse.unreachable(reason);
            claiming.unanswered();
            claiming.doubt(task, now);
            if (one != null) keeping.unanswered(one, now);
        } else if (one != null) {
            keeping.released(one, now);
        } else if (ended.operation() == Ledger.Operation.reclaim && !draining && answer instanceof Answer.Granted(_, String type, _)) {
            claiming.released(task, type, now);
        }
    }

    /** What time and the hosts say. */
    private void act(Instant now) {
        Instant next = keeping.look(draining, pulse.isSilent(now), now, pulse.wake(now));
        pulse.beat(now);
        if (!next.isAfter(now)) next = now.plus(ledger.settings.interval());
        if (wake == null || next.isBefore(wake)) {
            wake = next;
            ledger.ask(new PortierEffect.WakeAt(next));
        }
    }
}
