package concierge.source.portier;

import concierge.model.View;
import concierge.runtime.Core;
import concierge.source.portier.Standing.Unclaimed;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
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
    private @Nullable Departure departure;
    private Standing standing = Standing.WELL;
    /** What was told last; null: nothing by this leadership. */
    private @Nullable Standing told;

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
                abandon(now);
                ledger.open(created, revision, claims);
                pulse.begin(now);
                told = null;
                claiming.begin(now);
            }
            case PortierEvent.Deposed _ -> {
                abandon(now);
                pulse.end();
            }
            case PortierEvent.ViewChanged(View changed) -> ledger.view = changed;
            case PortierEvent.Drain(boolean on) -> {
                draining = on;
                drained = false;
                departure = null;
            }
            case PortierEvent.Woke _ -> wake = null;
            case PortierEvent.Beaten(long number, Answer answer) -> {
                if (pulse.awaits(number)) beaten(answer, now);
            }
            case PortierEvent.Claimed(long operation, Answer answer) -> ledger.ended(operation).ifPresent(ended -> claimed(ended.task(), answer, now));
            case PortierEvent.Released(long operation, Answer answer) -> ledger.ended(operation).ifPresent(ended -> released(ended, answer, now));
            case PortierEvent.Written(long operation, long revision) -> ledger.ended(operation).ifPresent(ended -> ledger.written(ended.task(), revision));
        }
        if (ledger.fence != 0) act(now);
        if (draining && !drained && isGivenBack()) {
            drained = true;
            ledger.ask(new PortierEffect.Drained());
        }
        if (ledger.fence != 0 && (drained || told != null)) tell(standing.drained(drained));
        if (draining && !drained) tellDeparture();
        return ledger.effects();
    }

    /** Calls that are under way may arrive, though nobody here waits for their answers any more. */
    private void abandon(Instant now) {
        for (String task : ledger.close()) claiming.doubt(task, now);
    }

    /** Nothing is ours, as far as anybody here can know. */
    private boolean isGivenBack() {
        return ledger.isEmpty() && (ledger.fence == 0 || !claiming.isDoubtful());
    }

    private void beaten(Answer answer, Instant now) {
        Optional<Answer.Listing> listing = pulse.heard(answer, now);
        Standing heard = listing.isPresent() ? standing.heard(listed(listing.get(), now)) : standing.with(pulse.trouble());
        tell(heard);
    }

    private void tell(Standing now) {
        standing = now;
        if (now.equals(told)) return;
        told = now;
        ledger.ask(new PortierEffect.Tell(ledger.fence, now));
    }

    /** What is available and not claimed. */
    private List<Unclaimed> listed(Answer.Listing listing, Instant now) {
        keeping.listed(new HashSet<>(listing.claims()));
        claiming.reclaim(listing.claims());
        List<Unclaimed> left = draining ? List.of() : claiming.claim(listing, now);
        ledger.heard();
        pauses.tidy(now);
        return left;
    }

    private void tellDeparture() {
        Departure now = keeping.departure(!ledger.isIdle() || claiming.isDoubtful(), pulse.trouble());
        if (now.equals(departure)) return;
        departure = now;
        ledger.ask(new PortierEffect.Draining(now));
    }

    private void claimed(String task, Answer answer, Instant now) {
        switch (answer) {
            case Answer.Granted(_, String type, String configuration) -> claiming.granted(task, type, configuration, draining, now);
            // An identity that is not known: the next beat tells.
            case Answer.Locked _, Answer.Gone _, Answer.NotOurs _, Answer.UnknownIdentity _ -> claiming.refused(task, now);
            case Answer.Unreachable(String reason) -> claiming.unanswered(task, reason, now);
            case Answer.Listing _ -> throw new IllegalStateException("no answer to a claim: " + answer);
        }
    }

    private void released(Ledger.Ended ended, Answer answer, Instant now) {
        String task = ended.task();
        Held one = ledger.find(task);
        if (ended.operation() == Ledger.Operation.abandoned) {
            if (answer instanceof Answer.Unreachable) claiming.doubt(task, now);
            else claiming.settled(task);
            return;
        }
        if (answer instanceof Answer.Unreachable(String reason)) {
            claiming.doubtful(task, reason, now);
            if (one != null) keeping.unanswered(one, now);
            return;
        }
        claiming.given(task);
        if (one != null) {
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
