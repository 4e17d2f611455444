package concierge.source.portier;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The heartbeat: when the queue is asked, how long it has been silent, and what people are told of that. Belongs to the core. */
final class Pulse {
    /** An identity is made known by a person; asking all the time helps nobody. */
    static final Duration STRANGER = Duration.ofSeconds(10);

    private final Ledger ledger;
    private boolean beating;
    private Instant next = Instant.MIN;
    private Instant lastAnswer = Instant.MIN;
    private String trouble = "";

    Pulse(Ledger ledger) {
        this.ledger = ledger;
    }

    void begin(Instant now) {
        end();
        // What was not heard while others led, or nobody, is no silence yet.
        lastAnswer = now;
        next = now;
    }

    void end() {
        beating = false;
    }

    void beat(Instant now) {
        if (beating || next.isAfter(now)) return;
        beating = true;
        ledger.ask(new PortierEffect.Beat(++ledger.beat));
    }

    /** What was listed; empty: nothing, or it is of no use any more. */
    Optional<Answer.Listing> heard(long number, Answer answer, Instant now) {
        if (!beating || number != ledger.beat) return Optional.empty();
        Duration interval = ledger.settings.interval();
        beating = false;
        next = now.plus(interval);
        switch (answer) {
            case Answer.Listing listing -> {
                if (!trouble.isEmpty()) ledger.say(false, "the queue answers again");
                trouble = "";
                lastAnswer = now;
                return Optional.of(listing);
            }
            case Answer.UnknownIdentity _ -> {
                next = now.plus(STRANGER.compareTo(interval) > 0 ? STRANGER : interval);
                trouble("the queue does not know the identity " + ledger.settings.identity() + " (expected: one that was added there); portier.identity says which");
            }
            case Answer.Unreachable(String reason) -> unreachable(reason);
            case Answer.Granted _, Answer.Locked _, Answer.Gone _, Answer.NotOurs _ -> trouble("the queue answered a heartbeat with " + answer);
        }
        return Optional.empty();
    }

    void unreachable(String reason) {
        trouble("the queue does not answer, tasks run on reason=" + reason);
    }

    /** The same trouble is news once. */
    private void trouble(String text) {
        if (!text.equals(trouble)) ledger.say(true, text);
        trouble = text;
    }

    boolean isSilent(Instant now) {
        Duration silence = ledger.settings.silence();
        return !silence.isZero() && !lastAnswer.plus(silence).isAfter(now);
    }

    /** When this has to be looked at again. */
    Instant wake(Instant now) {
        Duration silence = ledger.settings.silence();
        return silence.isZero() || isSilent(now) ? next : earlier(next, lastAnswer.plus(silence));
    }

    static Instant earlier(Instant a, Instant b) {
        return b.isBefore(a) ? b : a;
    }
}
