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
    /** As it was told first; empty: it answers. */
    private String trouble = "";
    /** With what becomes of tasks. */
    private String said = "";

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

    /** Whether this is the answer that is waited for. */
    boolean awaits(long number) {
        return beating && number == ledger.beat;
    }

    /** What was listed; empty: nothing. */
    Optional<Answer.Listing> heard(Answer answer, Instant now) {
        Duration interval = ledger.settings.interval();
        beating = false;
        next = now.plus(interval);
        switch (answer) {
            case Answer.Listing listing -> {
                if (!trouble.isEmpty()) ledger.say(false, "the queue answers again");
                trouble = "";
                said = "";
                lastAnswer = now;
                return Optional.of(listing);
            }
            case Answer.UnknownIdentity _ -> {
                next = now.plus(STRANGER.compareTo(interval) > 0 ? STRANGER : interval);
                trouble("the queue does not know the identity " + ledger.settings.identity() + " (expected: one that was added there; portier.identity says which)", now);
            }
            case Answer.Unreachable(String reason) -> trouble("the queue does not answer: " + reason, now);
            case Answer.Granted _, Answer.Locked _, Answer.Gone _, Answer.NotOurs _ -> throw new IllegalStateException("no answer to a heartbeat: " + answer);
        }
        return Optional.empty();
    }

    /** What becomes of tasks meanwhile. */
    private String fate(Instant now) {
        Duration silence = ledger.settings.silence();
        if (silence.isZero()) return "tasks run on";
        return isSilent(now) ? "tasks stay stopped until it does" : "tasks run on until it has been silent for " + silence.toSeconds() + " s";
    }

    /** The same trouble is news once, whatever numbers are in it. */
    private void trouble(String text, Instant now) {
        String all = text + "; " + fate(now);
        if (Foreign.shape(all).equals(Foreign.shape(said))) return;
        ledger.say(true, all);
        said = all;
        trouble = text;
    }

    /** Empty: it answers. */
    String trouble() {
        return trouble;
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
